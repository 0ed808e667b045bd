#!/usr/bin/perl
# openapi.json says what gesso.fcgi says of itself, and others can read it.
use strict;
use warnings;
use JSON::PP ();
use Test::More;
use Gesso;

my $root = Gesso->root;
my $said = Gesso::run('', Gesso->build . '/fcgi-app/gesso.fcgi', '--openapi');
is $said->{status}, 0, 'gesso.fcgi describes itself';
ok $said->{out} eq Gesso::slurp("$root/openapi.json"),
    'openapi.json is that description'
    or diag 'to bring it up to date: make -C build openapi';

# ---- it says no more than it knows

my $api = JSON::PP->new->decode($said->{out});
my $schemas = $api->{components}{schemas};
my (@open, @null);

# Objects of replies that leave room for members they do not name.
sub look {
	my ($schema, $where) = @_;
	return map { look($_, $where) } @$schema if ref $schema eq 'ARRAY';
	return unless ref $schema eq 'HASH';
	push @open, $where if ($schema->{type} // '') eq 'object' &&
	    $schema->{properties} && !exists $schema->{additionalProperties};
	look($schema->{$_}, "$where $_") for sort keys %$schema;
	return;
}
look($schemas->{$_}, $_) for sort keys %$schemas;
for my $path (sort keys %{ $api->{paths} }) {
	my $item = $api->{paths}{$path};
	look($item->{$_}{responses}, "$_ $path") for sort keys %$item;
}
my $file = $api->{paths}{'/works/{id}/download'}{get}{responses};
is_deeply [ grep { /^[234]0[046]|416/ } sort keys %$file ],
    [ qw(200 206 304 400 404 416) ], 'a file has the answers of one';

is_deeply \@open, [], 'every reply names all its members';

for my $name (sort keys %$schemas) {
	my $members = $schemas->{$name}{properties} // next;
	for my $member (sort keys %$members) {
		my $type = $members->{$member}{type};
		push @null, "$name.$member" if ref $type eq 'ARRAY' ||
		    grep { ($_->{type} // '') eq 'null' }
		    @{ $members->{$member}{anyOf} // [] };
	}
}
is_deeply \@null, [ sort qw(ConversationPage.nextCursor
    EventPage.nextCursor FilmStatus.error
    FilmStatus.finishedAt FilmStatus.reason FilmStatus.result
    ModelShown.replacement PowerPage.nextCursor PowerTransfer.note
    PowerTransfer.taskId Redeemed.transactionId SquareItem.duration SquareItem.height
    SquareItem.prompt SquareItem.width SquarePage.nextCursor TaskFilm.fps
    TaskImage.seed TaskStatus.error TaskStatus.finishedAt TaskStatus.reason
    TaskStatus.result WorkDetail.description WorkDetail.duration
    WorkDetail.error WorkDetail.fileSize WorkDetail.fileUrl WorkDetail.height
    WorkDetail.negativePrompt WorkDetail.publishedAt WorkDetail.thumbnail
    WorkDetail.width WorkItem.fileUrl WorkItem.thumbnail WorkPage.nextCursor) ],
    'null is where nothing can be, and nowhere else';

my %status;
for my $name (grep { /^Failure/ } sort keys %$schemas) {
	my ($status) = $name =~ /(\d+)/;
	is $schemas->{$name}{properties}{code}{const}, $status,
	    "$name is of its status";
	$status{$_} .= $status for @{ $schemas->{$name}{properties}{reason}{enum} };
}
is_deeply [ sort keys %status ], [ grep { $_ ne 'method_not_allowed' }
    sort @{ $schemas->{Reason}{enum} } ], 'every reason has a status';
is $status{bad_credentials}, '400401', 'or two';
is $status{$_}, 429, "$_ is 429" for qw(api_limit daily_image_limit
    daily_video_limit too_many_tries);

SKIP: {
	my $linter = "$root/t/npm/node_modules/.bin/redocly";
	my ($major, $minor) = `node --version 2>/dev/null` =~ /^v(\d+)\.(\d+)/;
	skip 'no linter: see t/npm', 1 unless -x $linter && $major;
	skip "node $major.$minor is too old for the linter", 1
	    if $major < 20 || $major == 20 && $minor < 19;
	local @ENV{qw(REDOCLY_TELEMETRY REDOCLY_SUPPRESS_UPDATE_NOTICE)} =
	    qw(off true);
	my $lint = Gesso::run('', $linter, 'lint', '--config',
	    "$root/t/npm/redocly.yaml", "$root/openapi.json");
	is $lint->{status}, 0, 'the linter finds nothing'
	    or diag "$lint->{out}$lint->{err}";
}

done_testing;
