/*
 * journal - what the simulated vendors were asked for: one JSON object a line,
 * appended in one piece, never changed.  Tests count its lines.
 *
 * Members: time, vendor, method, path (without its query, which may hold a
 * key), status (0: the connection was broken), and where there are such: id,
 * prompt and accepted, which is true when the vendor works on it and would send
 * a bill; picture, the last one that came along: width, height, sha256.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

struct call;

void journal_write(const struct call *, int status);

#endif
