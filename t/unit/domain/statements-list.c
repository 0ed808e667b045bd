/*
 * Prints every statement of the library, a line each: name, signature, text,
 * tabs between.  t/5060-plans.t runs them against a filled database.
 */
#include "domain/statements.h"

#include <stdio.h>

#include "core/db.h"

int
main(void)
{
	for (size_t i = 0; i < statement_list_count; i++)
		for (size_t k = 0; statement_lists[i][k] != NULL; k++)
			printf("%s\t%s\t%s\n", statement_lists[i][k]->name,
			    statement_lists[i][k]->in,
			    statement_lists[i][k]->sql);
	return 0;
}
