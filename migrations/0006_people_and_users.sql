ALTER TABLE `people` ADD `invited` integer DEFAULT true NOT NULL;--> statement-breakpoint
CREATE INDEX `end_users_newest` ON `end_users` (`application_id`,`created_at`,`id`);