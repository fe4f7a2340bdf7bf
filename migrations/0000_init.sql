CREATE TABLE `access_tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`token_hash` text NOT NULL,
	`end_user_id` text NOT NULL,
	`run_id` text,
	`created_at` integer NOT NULL,
	`last_used_at` integer NOT NULL,
	FOREIGN KEY (`end_user_id`) REFERENCES `end_users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `access_tokens_hash` ON `access_tokens` (`token_hash`);--> statement-breakpoint
CREATE INDEX `access_tokens_end_user` ON `access_tokens` (`end_user_id`);--> statement-breakpoint
CREATE INDEX `access_tokens_last_used` ON `access_tokens` (`last_used_at`);--> statement-breakpoint
CREATE TABLE `api_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`developer_id` text NOT NULL,
	`name` text NOT NULL,
	`key_hash` text NOT NULL,
	`scopes` text,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`developer_id`) REFERENCES `developers`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_hash` ON `api_keys` (`key_hash`);--> statement-breakpoint
CREATE INDEX `api_keys_developer` ON `api_keys` (`developer_id`,`created_at`,`id`);--> statement-breakpoint
CREATE TABLE `application_secrets` (
	`id` text PRIMARY KEY NOT NULL,
	`application_id` text NOT NULL,
	`secret_hash` text NOT NULL,
	`hint` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`application_id`) REFERENCES `applications`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `application_secrets_hash` ON `application_secrets` (`secret_hash`);--> statement-breakpoint
CREATE INDEX `application_secrets_application` ON `application_secrets` (`application_id`);--> statement-breakpoint
CREATE TABLE `application_sources` (
	`application_id` text NOT NULL,
	`source_id` text NOT NULL,
	`enabled` integer NOT NULL,
	`client_id` text,
	`sealed_client_secret` text,
	`secret_hosts` text,
	`scopes` text,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`application_id`, `source_id`),
	FOREIGN KEY (`application_id`) REFERENCES `applications`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`source_id`) REFERENCES `sources`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `applications` (
	`id` text PRIMARY KEY NOT NULL,
	`developer_id` text NOT NULL,
	`name` text NOT NULL,
	`origins` text NOT NULL,
	`return_urls` text NOT NULL,
	`logo` text,
	`logo_id` text,
	`test` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`developer_id`) REFERENCES `developers`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `applications_developer` ON `applications` (`developer_id`,`created_at`,`id`);--> statement-breakpoint
CREATE TABLE `authorizations` (
	`id` text PRIMARY KEY NOT NULL,
	`connection_id` text NOT NULL,
	`redirect_url` text NOT NULL,
	`scopes` text NOT NULL,
	`confirm` integer NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`connection_id`) REFERENCES `connections`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `authorizations_connection` ON `authorizations` (`connection_id`);--> statement-breakpoint
CREATE INDEX `authorizations_expires` ON `authorizations` (`expires_at`);--> statement-breakpoint
CREATE TABLE `claims` (
	`id` text PRIMARY KEY NOT NULL,
	`claimed_by` text NOT NULL,
	`sealed_location` text,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `claims_expires` ON `claims` (`expires_at`);--> statement-breakpoint
CREATE TABLE `connection_codes` (
	`id` text PRIMARY KEY NOT NULL,
	`developer_id` text NOT NULL,
	`connection_id` text NOT NULL,
	`existing_connection_id` text,
	`grant_id` text,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`developer_id`) REFERENCES `developers`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `connection_codes_expires` ON `connection_codes` (`expires_at`);--> statement-breakpoint
CREATE TABLE `connections` (
	`id` text PRIMARY KEY NOT NULL,
	`developer_id` text NOT NULL,
	`source_id` text NOT NULL,
	`application_id` text,
	`end_user_id` text,
	`client_user_id` text,
	`run_id` text,
	`vouched` integer NOT NULL,
	`name` text,
	`complete` integer NOT NULL,
	`authorized` integer NOT NULL,
	`scopes_requested` text NOT NULL,
	`scopes_granted` text,
	`sealed_tokens` text,
	`token_expires_at` integer,
	`access_token_hash` text,
	`registration` text,
	`hosts` text,
	`metadata` text,
	`redirect_url` text,
	`unique_value` text,
	`uniqueness_key` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`developer_id`) REFERENCES `developers`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`application_id`) REFERENCES `applications`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`end_user_id`) REFERENCES `end_users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `connections_uniqueness` ON `connections` (`uniqueness_key`) WHERE "connections"."complete" = 1;--> statement-breakpoint
CREATE INDEX `connections_siblings` ON `connections` (`registration`,`unique_value`);--> statement-breakpoint
CREATE INDEX `connections_developer` ON `connections` (`developer_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `connections_application` ON `connections` (`developer_id`,`application_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `connections_source` ON `connections` (`developer_id`,`source_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `connections_client_user` ON `connections` (`developer_id`,`client_user_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `connections_complete` ON `connections` (`developer_id`,`complete`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `connections_name` ON `connections` (`developer_id`,`name`);--> statement-breakpoint
CREATE INDEX `connections_end_user` ON `connections` (`end_user_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `connections_run` ON `connections` (`run_id`);--> statement-breakpoint
CREATE TABLE `developers` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `end_users` (
	`id` text PRIMARY KEY NOT NULL,
	`application_id` text NOT NULL,
	`client_user_id` text NOT NULL,
	`user_code` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`application_id`) REFERENCES `applications`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `end_users_client_user` ON `end_users` (`application_id`,`client_user_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `end_users_code` ON `end_users` (`user_code`);--> statement-breakpoint
CREATE TABLE `grants` (
	`id` text PRIMARY KEY NOT NULL,
	`run_id` text,
	`connection_id` text,
	`source_id` text NOT NULL,
	`target` text NOT NULL,
	`disconnect` integer DEFAULT false NOT NULL,
	`scopes_requested` text NOT NULL,
	`scopes_granted` text,
	`sealed_tokens` text,
	`token_expires_at` integer,
	`access_token_hash` text,
	`registration` text,
	`hosts` text,
	`metadata` text,
	`name` text,
	`unique_value` text,
	`uniqueness_key` text,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`connection_id`) REFERENCES `connections`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `grants_target` ON `grants` (`run_id`,`target`);--> statement-breakpoint
CREATE INDEX `grants_connection` ON `grants` (`connection_id`);--> statement-breakpoint
CREATE INDEX `grants_siblings` ON `grants` (`registration`,`unique_value`);--> statement-breakpoint
CREATE INDEX `grants_expires` ON `grants` (`expires_at`);--> statement-breakpoint
CREATE TABLE `logos` (
	`id` text PRIMARY KEY NOT NULL,
	`content_type` text NOT NULL,
	`bytes` blob NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `retired_tokens` (
	`connection_id` text NOT NULL,
	`access_token_hash` text NOT NULL,
	`retired_at` integer NOT NULL,
	PRIMARY KEY(`connection_id`, `access_token_hash`),
	FOREIGN KEY (`connection_id`) REFERENCES `connections`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `retired_tokens_retired` ON `retired_tokens` (`retired_at`);--> statement-breakpoint
CREATE TABLE `revocations` (
	`id` text PRIMARY KEY NOT NULL,
	`connection_id` text NOT NULL,
	`sealed_tokens` text NOT NULL,
	`definition` text NOT NULL,
	`sandbox` integer NOT NULL,
	`registration` text NOT NULL,
	`hosts` text,
	`sealed_client_secret` text,
	`secret_place` text NOT NULL,
	`unique_value` text,
	`developer_id` text NOT NULL,
	`application_id` text,
	`client_user_id` text,
	`attempts` integer NOT NULL,
	`next_attempt_at` integer NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `revocations_next` ON `revocations` (`next_attempt_at`);--> statement-breakpoint
CREATE TABLE `runs` (
	`id` text PRIMARY KEY NOT NULL,
	`application_id` text NOT NULL,
	`client_user_id` text NOT NULL,
	`session_hash` text NOT NULL,
	`server_minted` integer NOT NULL,
	`delivery` text NOT NULL,
	`origin` text,
	`challenge` text,
	`browser_hash` text,
	`return_url` text,
	`source_ids` text,
	`connection_id` text,
	`locale` text,
	`status` text NOT NULL,
	`last_outcome` text,
	`exit_reason` text,
	`left_at` integer,
	`handle_hash` text,
	`sealed_handle` text,
	`finished_at` integer,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`application_id`) REFERENCES `applications`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `runs_handle` ON `runs` (`handle_hash`) WHERE "runs"."handle_hash" is not null;--> statement-breakpoint
CREATE INDEX `runs_expires` ON `runs` (`expires_at`);--> statement-breakpoint
CREATE TABLE `sandbox_grants` (
	`id` text PRIMARY KEY NOT NULL,
	`state` text NOT NULL,
	`code_hash` text,
	`access_hash` text,
	`refresh_hash` text,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `sandbox_grants_code` ON `sandbox_grants` (`code_hash`);--> statement-breakpoint
CREATE UNIQUE INDEX `sandbox_grants_access` ON `sandbox_grants` (`access_hash`);--> statement-breakpoint
CREATE UNIQUE INDEX `sandbox_grants_refresh` ON `sandbox_grants` (`refresh_hash`);--> statement-breakpoint
CREATE INDEX `sandbox_grants_expires` ON `sandbox_grants` (`expires_at`);--> statement-breakpoint
CREATE TABLE `sources` (
	`id` text PRIMARY KEY NOT NULL,
	`developer_id` text NOT NULL,
	`slug` text NOT NULL,
	`definition` text NOT NULL,
	`document` text,
	`sealed_environment` text,
	`redirect_url` text,
	`client_id` text,
	`sealed_client_secret` text,
	`secret_hosts` text,
	`logo_id` text,
	`credentials_for` text,
	`sandbox` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`developer_id`) REFERENCES `developers`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `sources_slug` ON `sources` (`developer_id`,`slug`);--> statement-breakpoint
CREATE INDEX `sources_developer` ON `sources` (`developer_id`,`created_at`,`id`);