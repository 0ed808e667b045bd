#!/usr/bin/perl
# A site below a path of its web server.
use strict;
use warnings;
use Test::More;
use Fcgi;
use Gesso;

my $site = Gesso->start(options => [ '--path', '/studio' ]);
like $site->{base}, qr{:\d+/studio/api/v1$}, 'the API is below the path';
my $user = $site->register;
is $user->get('/user/profile')->{status}, 200, 'and works there';
my $root = $site->{base} =~ s{/studio/.*}{}r;
isnt $site->get("$root/api/v1/health")->{status}, 200, 'and only there';

sub at {
	my ($uri) = @_;
	return Fcgi::request($site, { REQUEST_URI => "http://x$uri" });
}
is at('/studio/api/v1/health')->{status}, 200, 'the program knows its path';
is at($_)->{status}, 404, "$_ is another" for '/api/v1/health', '/health',
    '/studio/health', '/studio/api/v1', '/studio/api/v1/',
    '/studio/api/v1health', '/studio/api/v2/health',
    '/studio//api/v1/health', '/Studio/api/v1/health',
    '/media/' . '0' x 31 . '1.png';
my $file = at('/studio/media/' . '0' x 31 . '1.png');
is_deeply [ $file->{status}, $file->{json}{reason} ], [ 404, 'not_found' ],
    'files are below it, too';
is Fcgi::request($site, { REQUEST_METHOD => 'POST',
    REQUEST_URI => 'http://x/studio/media/' . '0' x 31 . '1.png' })->{status},
    405, 'where they can only be read';

done_testing;
