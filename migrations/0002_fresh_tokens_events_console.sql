CREATE TABLE `activity` (
	`developer_id` text NOT NULL,
	`day` integer NOT NULL,
	`kind` text NOT NULL,
	`application_id` text NOT NULL,
	`source_id` text NOT NULL,
	`reason` text NOT NULL,
	`count` integer NOT NULL,
	PRIMARY KEY(`developer_id`, `day`, `kind`, `application_id`, `source_id`, `reason`)
);
--> statement-breakpoint
CREATE TABLE `audit_entries` (
	`id` text PRIMARY KEY NOT NULL,
	`developer_id` text NOT NULL,
	`actor` text NOT NULL,
	`actor_name` text NOT NULL,
	`action` text NOT NULL,
	`resource_type` text,
	`resource_id` text,
	`address` text,
	`request_id` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_entries_developer` ON `audit_entries` (`developer_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `audit_entries_resource` ON `audit_entries` (`developer_id`,`resource_id`,`created_at`);--> statement-breakpoint
CREATE TABLE `console_sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`developer_id` text NOT NULL,
	`person_id` text,
	`family_id` text NOT NULL,
	`user_agent` text NOT NULL,
	`address` text,
	`created_at` integer NOT NULL,
	`last_seen_at` integer NOT NULL,
	`rotated_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`developer_id`) REFERENCES `developers`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`person_id`) REFERENCES `people`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `console_sessions_developer` ON `console_sessions` (`developer_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `console_sessions_family` ON `console_sessions` (`family_id`);--> statement-breakpoint
CREATE INDEX `console_sessions_expires` ON `console_sessions` (`expires_at`);--> statement-breakpoint
CREATE TABLE `deliveries` (
	`id` text PRIMARY KEY NOT NULL,
	`webhook_id` text NOT NULL,
	`event_seq` integer NOT NULL,
	`connection_id` text NOT NULL,
	`status` text NOT NULL,
	`attempts` integer NOT NULL,
	`next_attempt_at` integer,
	`response_status` integer,
	`error` text,
	`last_attempt_at` integer,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`webhook_id`) REFERENCES `webhooks`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`event_seq`) REFERENCES `events`(`seq`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `deliveries_webhook` ON `deliveries` (`webhook_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `deliveries_due` ON `deliveries` (`webhook_id`,`next_attempt_at`) WHERE "deliveries"."status" = 'pending';--> statement-breakpoint
CREATE INDEX `deliveries_order` ON `deliveries` (`webhook_id`,`connection_id`,`event_seq`) WHERE "deliveries"."status" = 'pending';--> statement-breakpoint
CREATE INDEX `deliveries_event` ON `deliveries` (`event_seq`);--> statement-breakpoint
CREATE TABLE `events` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`developer_id` text NOT NULL,
	`type` text NOT NULL,
	`connection_id` text NOT NULL,
	`source_id` text NOT NULL,
	`application_id` text,
	`client_user_id` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `events_id` ON `events` (`id`);--> statement-breakpoint
CREATE INDEX `events_connection` ON `events` (`connection_id`,`seq`);--> statement-breakpoint
CREATE INDEX `events_developer` ON `events` (`developer_id`,`seq`);--> statement-breakpoint
CREATE INDEX `events_created` ON `events` (`created_at`);--> statement-breakpoint
CREATE TABLE `failed_calls` (
	`id` text PRIMARY KEY NOT NULL,
	`developer_id` text NOT NULL,
	`connection_id` text NOT NULL,
	`source_id` text NOT NULL,
	`application_id` text,
	`request_id` text NOT NULL,
	`method` text NOT NULL,
	`url` text NOT NULL,
	`answered_by` text NOT NULL,
	`status` integer NOT NULL,
	`error` text,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`connection_id`) REFERENCES `connections`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `failed_calls_connection` ON `failed_calls` (`connection_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `failed_calls_developer` ON `failed_calls` (`developer_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `failed_calls_created` ON `failed_calls` (`created_at`);--> statement-breakpoint
CREATE TABLE `invitations` (
	`id` text PRIMARY KEY NOT NULL,
	`developer_id` text,
	`name` text NOT NULL,
	`invited_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`developer_id`) REFERENCES `developers`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `invitations_expires` ON `invitations` (`expires_at`);--> statement-breakpoint
CREATE TABLE `people` (
	`id` text PRIMARY KEY NOT NULL,
	`developer_id` text NOT NULL,
	`issuer` text NOT NULL,
	`subject` text NOT NULL,
	`name` text NOT NULL,
	`email` text,
	`created_at` integer NOT NULL,
	`last_seen_at` integer NOT NULL,
	FOREIGN KEY (`developer_id`) REFERENCES `developers`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `people_issuer_subject` ON `people` (`issuer`,`subject`);--> statement-breakpoint
CREATE INDEX `people_developer` ON `people` (`developer_id`,`created_at`,`id`);--> statement-breakpoint
CREATE TABLE `webhooks` (
	`id` text PRIMARY KEY NOT NULL,
	`developer_id` text NOT NULL,
	`url` text NOT NULL,
	`events` text NOT NULL,
	`sealed_secret` text NOT NULL,
	`sealed_previous_secret` text,
	`previous_secret_until` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`developer_id`) REFERENCES `developers`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `webhooks_developer` ON `webhooks` (`developer_id`,`created_at`,`id`);--> statement-breakpoint
ALTER TABLE `connections` ADD `token_stale_at` integer;--> statement-breakpoint
ALTER TABLE `connections` ADD `refresh_due_at` integer;--> statement-breakpoint
ALTER TABLE `connections` ADD `refresh_lease` text;--> statement-breakpoint
ALTER TABLE `connections` ADD `refresh_lease_until` integer;--> statement-breakpoint
ALTER TABLE `connections` ADD `refresh_failures` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `connections` ADD `refresh_retry_at` integer;--> statement-breakpoint
ALTER TABLE `connections` ADD `refreshed_at` integer;--> statement-breakpoint
ALTER TABLE `connections` ADD `host_values` text;--> statement-breakpoint
ALTER TABLE `connections` ADD `granted_at` integer;--> statement-breakpoint
ALTER TABLE `connections` ADD `announced` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `connections_refresh_due` ON `connections` (`refresh_due_at`) WHERE "connections"."complete" = 1;--> statement-breakpoint
ALTER TABLE `grants` ADD `token_stale_at` integer;--> statement-breakpoint
ALTER TABLE `grants` ADD `refresh_due_at` integer;--> statement-breakpoint
ALTER TABLE `grants` ADD `host_values` text;--> statement-breakpoint
ALTER TABLE `sources` ADD `catalogue_slug` text;--> statement-breakpoint
ALTER TABLE `sources` ADD `catalogue_definition` text;