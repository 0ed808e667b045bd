# The source tree, as the style tests read it.
package Tree;
use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Find qw(find);

our @EXPORT_OK = qw(root files text code rows);

my $ROOT = abs_path(dirname(__FILE__) . '/../..');

sub root { $ROOT }

# files(pattern): paths below the root, sorted; what is built is left out.
sub files {
	my ($pattern) = @_;
	my @found;
	find({ no_chdir => 1, wanted => sub {
		return if $_ eq $ROOT;
		my $path = substr $_, 1 + length $ROOT;
		if (-d && ($path =~ m{^(build|run|node_modules|autom4te|\.git)}
		    || -e "$_/config.status")) {
			$File::Find::prune = 1;
			return;
		}
		push @found, $path if -f && $path =~ $pattern;
	} }, $ROOT);
	return sort @found;
}

sub text {
	my ($path) = @_;
	open my $file, '<', "$ROOT/$path" or die "$path: $!";
	local $/;
	return scalar(<$file>) // '';
}

# code(path): a C file without its comments and the contents of its strings;
# the lines keep their numbers.
sub code {
	my ($path) = @_;
	my $text = text($path);
	$text =~ s{(/\*.*?\*/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')}
	    {my $got = $1; my $lines = $got =~ tr/\n//;
	    ($got =~ m{^"} ? '""' : $got =~ m{^'} ? "'x'" : ' ') .
	    "\n" x $lines}gse;
	return $text;
}

# rows(path, macro): the arguments of each use of the macro in a .def file;
# neighbouring strings are joined.
sub rows {
	my ($path, $macro) = @_;
	my $text = text($path);
	my $token = qr/"(?:\\.|[^"\\])*"/;
	my @rows;
	$text =~ s{/\*.*?\*/}{}gs;
	while ($text =~ /^$macro\(((?:$token|[^")])*)\)/gm) {
		my $body = $1;
		1 while $body =~ s/"\s+"//;
		my @cells = $body =~ /($token(?:\s*\w+)*|[^,\s][^,]*)/g;
		for (@cells) {
			next unless s/^"(.*)"$/$1/s;
			s/\\(.)/$1/g;
		}
		push @rows, \@cells;
	}
	return @rows;
}

1;
