/*
 * gessoctl doctor: looks at everything that can be wrong with an installation
 * and says how to mend it.  The exit status is that of the worst finding.
 */
#include <stdarg.h>
#include <stdio.h>

#include "exam.h"

static const struct field finding_fields[] = {
	COLUMN(struct finding, verdict),
	COLUMN(struct finding, check),
	COLUMN(struct finding, detail),
	COLUMN(struct finding, cure),
};
static const struct shape finding_shape = SHAPE(struct finding, finding_fields);

static void
exam_add(struct exam *exam, enum verdict verdict, const char *check,
    const char *detail, const char *cure)
{
	static const char *const names[] = { "OK", "WARN", "FAIL" };

	if (exam->count == EXAM_FINDINGS_MAX)
		return;
	exam->findings[exam->count++] =
	    (struct finding){ names[verdict], check, detail, cure };
	if (verdict > exam->worst)
		exam->worst = verdict;
}

void
exam_ok(struct exam *exam, const char *check, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	exam_add(exam, EXAM_OK, check, arena_vprintf(exam->cx->arena, fmt, ap),
	    NULL);
	va_end(ap);
}

void
exam_wrong(struct exam *exam, enum verdict verdict, const char *check,
    const char *cure, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	exam_add(exam, verdict, check, arena_vprintf(exam->cx->arena, fmt, ap),
	    cure);
	va_end(ap);
}

const char *
exam_fault(struct exam *exam, enum err e)
{
	const char *detail = exam->cx->fault.detail;

	if (detail == NULL)
		detail = err_sentence(e, LANG_EN);
	fault_clear(exam->cx);
	return detail;
}

static void
print_findings(const struct exam *exam)
{
	static const char *const colours[] = { "ok", "warn", "fail" };

	for (size_t i = 0; i < exam->count; i++) {
		const struct finding *f = &exam->findings[i];
		size_t rank = f->verdict[0] == 'O'   ? EXAM_OK
			      : f->verdict[0] == 'W' ? EXAM_WARN
						     : EXAM_FAIL;

		printf("%s%-4s%s  %-16s  %s\n", cli_colour(colours[rank]),
		    f->verdict, cli_colour(NULL), f->check, f->detail);
		if (f->cure != NULL)
			printf("                        -> %s\n", f->cure);
	}
}

static int
run_doctor(struct cli *cli)
{
	struct exam exam = { .cli = cli, .cx = cli->cx, .conf = cli->cx->conf };

	doctor_files(&exam);
	if (doctor_db(&exam)) {
		doctor_live(&exam);
		if (!cli_has(cli, "offline"))
			doctor_site(&exam);
	}
	if (cli->json)
		cli_rows(
		    cli, "findings", &finding_shape, exam.findings, exam.count);
	else
		print_findings(&exam);
	return (int)exam.worst;
}

static const struct cli_flag doctor_flags[] = {
	{ "offline", NULL, "do not call the site through its public address" },
	{ NULL },
};

const struct command doctor_commands[] = {
	{ "doctor", "", .args = "", .run = run_doctor, .flags = doctor_flags,
	    .about = "Looks for everything that can be wrong; exit 1 for "
		     "warnings, 2 for faults.",
	    .example = "gessoctl doctor" },
	{ .noun = NULL },
};
