/*
 * Every command of gessoctl, by noun.
 */
#include "cli.h"

extern const struct command migrate_commands[];
extern const struct command user_commands[];
extern const struct command credit_commands[];
extern const struct command provider_commands[];
extern const struct command code_commands[];
extern const struct command task_commands[];
extern const struct command upload_commands[];
extern const struct command work_commands[];
extern const struct command media_commands[];
extern const struct command event_commands[];
extern const struct command ledger_commands[];
extern const struct command stats_commands[];
extern const struct command config_commands[];
extern const struct command key_commands[];
extern const struct command backup_commands[];
extern const struct command doctor_commands[];

const struct command *const command_lists[] = { migrate_commands, user_commands,
	credit_commands, provider_commands, code_commands, task_commands,
	work_commands, upload_commands, media_commands, event_commands,
	ledger_commands, stats_commands, config_commands, key_commands,
	backup_commands, doctor_commands, NULL };
