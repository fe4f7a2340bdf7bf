DROP INDEX `audit_entries_resource`;--> statement-breakpoint
CREATE INDEX `audit_entries_action` ON `audit_entries` (`developer_id`,`action`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `audit_entries_resource` ON `audit_entries` (`developer_id`,`resource_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `deliveries_status` ON `deliveries` (`webhook_id`,`status`,`created_at`,`id`);