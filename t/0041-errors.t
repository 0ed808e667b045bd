#!/usr/bin/perl
# The catalogue of errors: its reasons are a promise to callers.
use strict;
use warnings;
use Test::More;
use Tree qw(rows);

my %promised = (
	400 => [qw(invalid_json invalid_field missing_field unsupported_media
	    username_taken email_taken invalid_code unknown_model model_retired
	    not_ready already_finished use_cursor idempotency_mismatch
	    content_policy cancelled bad_credentials)],
	401 => [qw(unauthenticated token_expired bad_credentials)],
	403 => [qw(forbidden banned insufficient_power quota_exceeded)],
	404 => [qw(not_found)],
	405 => [qw(method_not_allowed)],
	409 => [qw(idempotency_in_progress)],
	413 => [qw(body_too_large)],
	415 => [qw(unsupported_content_type)],
	429 => [qw(api_limit daily_image_limit daily_video_limit
	    too_many_tries)],
	500 => [qw(internal)],
	503 => [qw(unavailable provider_rejected provider_unavailable
	    provider_timeout provider_misconfigured result_invalid deadline
	    storage_full)],
);

my %found;
for my $row (rows('lib/core/errors.def', 'ERR')) {
	my ($symbol, $status, $reason, $english, $chinese) = @$row;
	like $english, qr/^[\x20-\x7e]+\.$/, "$symbol has a sentence";
	like $chinese, qr/[^\x00-\x7f]/, "$symbol has a Chinese one"
	    if defined $chinese && $symbol !~ /^(CONFLICT|UNCERTAIN)$/;
	$found{$status}{$reason} = 1;
}
is_deeply [ sort keys %{ $found{$_} } ], [ sort @{ $promised{$_} } ],
    "the reasons of $_" for sort keys %promised;
is_deeply [ sort keys %found ], [ sort keys %promised ], 'no other status';

done_testing;
