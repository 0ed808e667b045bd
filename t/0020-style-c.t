#!/usr/bin/perl
# What every C file of the tree keeps to.
use strict;
use warnings;
use Test::More;
use Tree qw(files text code);

my @sources = files(qr/\.[ch]$/);
cmp_ok scalar @sources, '>', 50, 'there are sources';

# complain(name, sub): sub gives the complaints about one file.
sub complain {
	my ($name, $look, @paths) = @_;
	my @wrong = map { my $path = $_; map { "$path:$_" } $look->($path) }
	    @paths;
	ok !@wrong, $name or diag map { "$_\n" } @wrong;
}

# lines_matching(text, pattern): "line: match" of each.
sub lines_matching {
	my ($text, $pattern) = @_;
	my @lines = split /\n/, $text, -1;
	return map { $lines[$_] =~ $pattern ? $_ + 1 . ": $1" : () }
	    0 .. $#lines;
}

my $banned = join '|', qw(sprintf vsprintf strcpy strcat strncpy strncat gets
    strtok atoi atol atoll atof localtime gmtime ctime asctime system popen
    rand srand random srandom tmpnam mktemp alloca);
complain('no banned function is called', sub {
	return lines_matching(code($_[0]), qr/(?<![\w.>])($banned)\s*\(/);
}, @sources);

# Memory comes from arenas.  These hold what outlives a unit of work, or hand
# on what a library gave them; the test programs are free.
my $heap = qr{^(t/|
	lib/base/(arena|buf|zone)\.c|	# the allocators, and a cache
	lib/core/(db|db_stmt|jwt)\.c|	# connections, statements, libjwt
	lib/serve/|			# threads
	lib/vendor/fetch(_loop)?\.c|	# transfers, as long as they take
	media-helper/|			# lives for one picture, sealed
	ws-notifier/(door|hub|mail|message|reader)\.c|	# connections, threads
	sandbox/(main|png|picture)\.c	# threads, a canvas
    )}x;
complain('only allocators use the heap', sub {
	return lines_matching(code($_[0]),
	    qr/(?<![\w.>])(malloc|calloc|realloc|free|strdup|strndup|asprintf)\s*\(/);
}, grep { $_ !~ $heap } @sources);

complain('lines end at column 80', sub {
	my ($path) = @_;
	my $n = 0;
	return map {
		$n++;
		my $line = $_;
		utf8::decode($line);
		1 while $line =~ s/\t/' ' x (8 - $-[0] % 8)/e;
		length $line > 80 ? "$n: " . length $line : ();
	} split /\n/, text($path);
}, grep { !m{(^|/)routes\.c$} } @sources);

complain('files have at most 600 lines', sub {
	my $lines = () = text($_[0]) =~ /\n/g;
	return $lines > 600 ? "$lines lines" : ();
}, @sources);

complain('functions have at most 100 lines', sub {
	my ($path) = @_;
	my ($n, $start, @long) = (0);
	for (split /\n/, code($path)) {
		$n++;
		$start = $n if /^\{/;
		next unless /^\}/ && $start;
		push @long, "$start: " . ($n - $start + 1) . ' lines'
		    if $n - $start + 1 > 100;
		$start = 0;
	}
	return @long;
}, @sources);

complain('files open with a comment that says what they are for', sub {
	return text($_[0]) =~ m{^(#\w.*\n)?/\*} ? () : '1: no comment';
}, grep { m{\.h$} || !-e Tree::root() . '/' . s/\.c$/.h/r }
    @sources);

complain('comments are /* */', sub {
	return lines_matching(code($_[0]), qr{(//.*)});
}, @sources);

complain('structs are not hidden behind a typedef', sub {
	return lines_matching(code($_[0]),
	    qr/^(typedef\s+(?:struct|enum|union)\b[^(]*)$/);
}, grep { !m{^t/} } @sources);

complain('nothing is left for later', sub {
	return lines_matching(text($_[0]), qr/\b(TODO|FIXME|XXX|HACK)\b/);
}, @sources);

complain('headers are guarded', sub {
	return text($_[0]) =~ /^#ifndef (\w+_H)\n#define \1$/m
	    ? () : '1: no guard';
}, grep { /\.h$/ } @sources);

done_testing;
