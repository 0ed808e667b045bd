#!/usr/bin/perl
# Forms that are malformed, cut short or too large: each has its answer, and
# nothing of any is kept.
use strict;
use warnings;
use Test::More;
use Fcgi;
use Gesso qw(wait_for got);
use Media qw(png);

my $site = Gesso->start(conf => { limit_free_calls_per_hour => 1000000,
	max_image_bytes => 200000 });
my $user = $site->register;
my $png = png(64, 64);


# What is in the store and in the database.
sub kept {
	my @files = `find $site->{dir}/media -type f`;
	return scalar(@files) . ' ' . join ' ', map { scalar $site->sql($_) }
	    'SELECT COUNT(*) FROM media', 'SELECT COUNT(*) FROM task',
	    'SELECT SUM(storage_bytes) FROM account';
}

my $type = 'multipart/form-data; boundary=b';
my $disposition = 'Content-Disposition: form-data; name=';
my $file = "$disposition\"file\"; filename=\"a.png\"\r\n" .
    "Content-Type: image/png\r\n\r\n$png\r\n";
my $text = "$disposition\"note\"\r\n\r\nx\r\n";
my $end = "--b--\r\n";

# part(head): such a part behind a good file.
sub part { return "--b\r\n$file--b\r\n$_[0]\r\n\r\nx\r\n$end" }

my $body = '400 invalid_field body';
my $header = '400 invalid_field Content-Type';
my $length = '400 invalid_field body';

# ---- what is wrong with a body; the type is another where it says so

my @malformed = (
	[ 'nothing at all', '' ],
	[ 'no boundary', $file ],
	[ 'another boundary', "--c\r\n$file--c--\r\n" ],
	[ 'a longer boundary', "--bb\r\n$file--bb--\r\n" ],
	[ 'words before it', "hello\r\n--b\r\n$file$end" ],
	[ 'one dash only', "-b\r\n$file-b--\r\n" ],
	[ 'only the end', $end, '400 missing_field file' ],
	[ 'no end', "--b\r\n$file" ],
	[ 'no line break before the end', "--b\r\n" .
	    substr($file, 0, -2) . $end ],
	[ 'half the end', "--b\r\n$file--b" ],
	[ 'half the end and a dash', "--b\r\n$file--b-" ],
	[ 'a line break for the end', "--b\r\n$file--b\r\n" ],
	[ 'more behind the end', "--b\r\n$file$end" . 'more' ],
	[ 'a part behind the end', "--b\r\n$file$end--b\r\n$text$end" ],
	[ 'rubbish behind a boundary', "--bx\r\n$file$end" ],
	[ 'a bare LF behind a boundary', "--b\n$file$end" ],
	[ 'a bare CR behind a boundary', "--b\r$file$end" ],
	[ 'bare LFs everywhere', "--b\r\n$file$end" =~ s/\r\n/\n/gr ],
	[ 'a boundary behind a bare LF', "--b\r\n$disposition\"file\"\r\n" .
	    "\r\n$png\n--b--\r\n" ],
	[ 'a blank before the end', "--b\r\n$file--b --\r\n" ],
	[ 'headers that do not end', "--b\r\n$disposition\"file\"\r\n" ],
	[ 'a body in the headers', "--b\r\n$disposition\"file\"$end" ],
	[ 'no headers', "--b\r\n\r\n$png\r\n$end" ],
	[ 'the type alone', part('Content-Type: image/png') ],
	[ 'a header without a colon', part("$disposition\"a\"\r\nhello") ],
	[ 'a folded header', part("$disposition\"a\";\r\n filename=\"b\"") ],
	[ 'a header that begins with a blank', part(" $disposition\"a\"") ],
	[ 'a NUL in a header', part("$disposition\"a\0b\"") ],
	[ 'a CR in a header', part("$disposition\"a\rb\"") ],
	[ 'a long header', part("$disposition\"a\"\r\nX: " . 'x' x 4096) ],
	[ 'many headers', part(join "\r\n", "$disposition\"a\"",
	    map { "X-$_: x" } 1 .. 8) ],
	[ 'no name', part('Content-Disposition: form-data') ],
	[ 'a file name alone', part('Content-Disposition: form-data; ' .
	    'filename="a"') ],
	[ 'a name without a value', part('Content-Disposition: form-data; ' .
	    'name') ],
	[ 'a name that does not end', part("$disposition\"a") ],
	[ 'words behind a name', part("$disposition\"a\"b") ],
	[ 'two names', part("$disposition\"a\"; name=\"b\"") ],
	[ 'two dispositions', part("$disposition\"a\"\r\n$disposition\"b\"") ],
	[ 'two file names', part("$disposition\"a\"; filename=\"b\"; " .
	    'filename="c"') ],
	[ 'an attachment', part('Content-Disposition: attachment; ' .
	    'name="a"') ],
	[ 'a comma for a semicolon', part('Content-Disposition: ' .
	    'form-data, name="a"') ],
	[ 'a name of 65 bytes', part($disposition . '"' . 'a' x 65 . '"') ],
	[ 'a name in Latin-1', part("$disposition\"a\xe4\"") ],
	[ 'a name in overlong UTF-8', part("$disposition\"\xc0\xaf\"") ],
	[ 'a transfer encoding', part("$disposition\"a\"\r\n" .
	    'Content-Transfer-Encoding: base64') ],
	[ 'quoted printable', part("$disposition\"a\"\r\n" .
	    'Content-Transfer-Encoding: quoted-printable') ],
	[ 'a form in a form', part("$disposition\"a\"\r\n" .
	    'Content-Type: multipart/mixed; boundary=c') ],
	[ '21 parts', "--b\r\n$file" . join('', map {
	    "--b\r\n$disposition\"n$_\"\r\n\r\nx\r\n" } 1 .. 20) . $end ],
	[ 'two files', "--b\r\n$file--b\r\n$file$end",
	    '400 invalid_field file' ],
	[ 'a field twice', "--b\r\n$text--b\r\n$file--b\r\n$text$end",
	    '400 invalid_field note' ],
	[ 'no file', "--b\r\n$text$end", '400 missing_field file' ],
	[ 'an empty file', "--b\r\n$disposition\"file\"; filename=\"a\"\r\n" .
	    "\r\n\r\n$end", '400 unsupported_media file' ],
	[ 'a boundary in the file', "--b\r\n" . $file =~ s/IDAT/\r\n--b\r\n/r .
	    $end ],
	# the type of the whole
	[ 'no boundary in the type', "--b\r\n$file$end", $header,
	    'multipart/form-data' ],
	[ 'an empty boundary', "--\r\n$file----\r\n", $header,
	    'multipart/form-data; boundary=' ],
	[ 'an empty boundary in quotes', "--\r\n$file----\r\n", $header,
	    'multipart/form-data; boundary=""' ],
	[ 'a boundary of 71 bytes', '--' . 'b' x 71 . "\r\n$file--" .
	    'b' x 71 . "--\r\n", $header,
	    'multipart/form-data; boundary=' . 'b' x 71 ],
	[ 'two boundaries', "--b\r\n$file$end", $header,
	    'multipart/form-data; boundary=b; boundary=c' ],
	[ 'a boundary with odd letters', "--b<\r\n$file--b<--\r\n", $header,
	    'multipart/form-data; boundary="b<"' ],
	[ 'a boundary that ends in a blank', "--b \r\n$file--b --\r\n",
	    $header, 'multipart/form-data; boundary="b "' ],
	[ 'a boundary in open quotes', "--b\r\n$file$end", $header,
	    'multipart/form-data; boundary="b' ],
	[ 'another multipart', "--b\r\n$file$end",
	    '415 unsupported_content_type Content-Type',
	    'multipart/mixed; boundary=b' ],
	[ 'a type that only begins so', "--b\r\n$file$end",
	    '415 unsupported_content_type Content-Type',
	    'multipart/form-database; boundary=b' ],
	[ 'an urlencoded form', 'file=x',
	    '415 unsupported_content_type Content-Type',
	    'application/x-www-form-urlencoded' ],
);

my $before = kept();
for (@malformed) {
	my ($what, $sent, $expected, $as) = @$_;
	is got($user->post('/upload/image', $sent,
	    { 'Content-Type' => $as // $type })), $expected // $body, $what;
}
cmp_ok scalar @malformed, '>=', 60, 'more than sixty of them';
is kept(), $before, 'nothing of them is kept';

# ---- what is not, but looks so

my @odd = (
	[ 'line breaks before the first boundary', "\r\n--b\r\n$file$end" ],
	[ 'line breaks behind the end', "--b\r\n$file$end\r\n \t\r\n" ],
	[ 'blanks behind a boundary', "--b \t\r\n$file--b--\r\n" ],
	[ 'an end without a line break', "--b\r\n$file--b--" ],
	[ 'headers in small letters', "--b\r\n" .
	    $file =~ s/(Content-\w+)/lc $1/ger . $end ],
	[ 'unquoted words', "--b\r\n" . $file =~ s/"//gr . $end ],
	[ 'a file name with everything', "--b\r\n" .
	    $file =~ s{a\.png}{../../\xc3\xa4\\"C:\\\x{3b}\%00.php}r . $end ],
	[ 'a file name for the future', "--b\r\n" .
	    $file =~ s/"a.png"/"a.png"; filename*=UTF-8''%e2%82%ac/r . $end ],
	[ 'binary as it is', "--b\r\nContent-Transfer-Encoding: binary\r\n" .
	    "$file$end" ],
	[ 'fields that nobody knows', "--b\r\n$text--b\r\n$file$end" ],
	[ 'no file name', "--b\r\n" . $file =~ s/; filename="a.png"//r . $end ],
	[ 'a quoted boundary', "--b b\r\n$file--b b--\r\n",
	    'multipart/form-data; boundary="b b"' ],
	[ 'a boundary of 70 bytes', '--' . 'b' x 70 . "\r\n$file--" .
	    'b' x 70 . "--\r\n", 'multipart/form-data; boundary=' .
	    'b' x 70 ],
	[ 'a charset beside it', "--b\r\n$file$end",
	    'Multipart/Form-Data; charset=utf-8; boundary=b' ],
);
for (@odd) {
	my ($what, $sent, $as) = @$_;
	is got($user->post('/upload/image', $sent,
	    { 'Content-Type' => $as // $type })), 200, $what;
}

# ---- too large, which is told without reading on

$before = kept();
my $huge = $site->raw("POST /api/v1/upload/image HTTP/1.1\r\nHost: x\r\n" .
    "Authorization: Bearer $user->{token}\r\nContent-Type: $type\r\n" .
    "Content-Length: 700000000\r\nConnection: close\r\n\r\n");
like $huge, qr/^HTTP\S+ 413 .*body_too_large/s, 'much more than is taken';

my $form = "--b\r\n$file$end";
my $noise = join '', map { chr int rand 256 } 1 .. 150000;
my $noisy = "--b\r\n" . $file =~ s/\Q$png\E/$noise/r . $end;
SKIP: {
	# mod_fcgid's processes listen to it alone
	skip 'gesso.fcgi is not ours to ask', 1 unless $site->pids('gesso.fcgi');
	straight();
}

# ---- cut off on the way to the web server

$before = kept();
for my $n (1 .. 20) {
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
	    PeerPort => $site->{port}) or die "connect: $!";
	print {$socket} "POST /api/v1/upload/image HTTP/1.1\r\nHost: x\r\n" .
	    "Authorization: Bearer $user->{token}\r\n" .
	    "Content-Type: $type\r\nContent-Length: " . length($noisy) .
	    "\r\n\r\n" . substr $noisy, 0, rand length $noisy;
	close $socket;
}
is got($user->post('/upload/image', substr($noisy, 0, 99), {
    'Content-Type' => $type })), $body, 'through the web server, too';
ok wait_for(sub { kept() eq $before }), 'no file, no draft, no row'
    or diag kept() . " was $before";
is $site->ctl('media', 'audit')->{status}, 0,
    'files and rows are of one mind';

done_testing;

# A web server that reads no further than we do: bytes that never come are not
# waited for.
sub straight {
	is got(Fcgi::request($site, direct($form), $form)), 200,
	    'a form as it is';
	$before = kept();
	for my $case ([ 'nobody', '401 unauthenticated', user => undef ],
	    [ 'too much', '413 body_too_large', CONTENT_LENGTH => 700000000 ],
	    [ 'another type', '415 unsupported_content_type Content-Type',
		CONTENT_TYPE => 'text/plain' ],
	    [ 'no boundary', $header, CONTENT_TYPE => 'multipart/form-data' ],
	    [ 'a length that is none', '400 invalid_field Content-Length',
		CONTENT_LENGTH => '-1' ]) {
		my ($what, $expected, %vars) = @$case;
		is got(Fcgi::request($site, direct($form, %vars), '')),
		    $expected, "$what is told before the body comes";
	}
	my $large = "--b\r\n$disposition\"file\"\r\n\r\n" . 'x' x 300000;
	is got(Fcgi::request($site, direct($large, CONTENT_LENGTH => undef),
	    $large)), '413 body_too_large file', 'a file without a length';
	is got(Fcgi::request($site, direct($form, CONTENT_LENGTH => undef),
	    substr $form, 0, -4)), $body, 'a form without length and end';
	for my $off (-1, 1, -30) {
		is got(Fcgi::request($site, direct($form,
		    CONTENT_LENGTH => length($form) + $off), $form)), $length,
		    "a length that is wrong by $off";
	}
	is kept(), $before, 'nothing of all that is kept';
	is got(Fcgi::request($site, direct($form, CONTENT_LENGTH => undef),
	    $form)), 200, 'a form without a length is taken';

	# and now it goes away amid the body
	$before = kept();
	my $seen = () = $site->log('gesso.fcgi') =~ /status=400/g;
	srand 7;
	for my $n (1 .. 20) {
		Fcgi::cut($site, direct($noisy),
		    substr $noisy, 0, rand length $noisy);
		ok wait_for(sub {
			my $now = () =
			    $site->log('gesso.fcgi') =~ /status=400/g;
			return $now == $seen + $n;
		}), "cut off at a point, the $n. time, it is noticed";
	}
	is kept(), $before, 'no file, no draft, no row';
	return;
}

sub direct {
	my ($sent, %vars) = @_;
	return { REQUEST_METHOD => 'POST', REQUEST_URI => '/upload/image',
	    CONTENT_TYPE => $type, CONTENT_LENGTH => length $sent,
	    user => $user, %vars };
}
