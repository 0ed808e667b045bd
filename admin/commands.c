/*
 * Every command of gessoctl, by noun.
 */
#include "cli.h"

extern const struct command migrate_commands[];
extern const struct command user_commands[];
extern const struct command provider_commands[];
extern const struct command code_commands[];
extern const struct command task_commands[];
extern const struct command ledger_commands[];
extern const struct command config_commands[];
extern const struct command doctor_commands[];

const struct command *const command_lists[] = { migrate_commands, user_commands,
	provider_commands, code_commands, task_commands, ledger_commands,
	config_commands, doctor_commands, NULL };
