/*
 * url - what is an address of an API, what is none, and whose host may be
 * called.
 */
#include "config.h"

#include "unit.h"

#include <string.h>

#include "core/egress.h"
#include "core/url.h"

static const struct {
	const char *text, *host, *path;
	bool secure;
	int64_t port;
} good[] = {
	{ "https://api.openai.com/v1", "api.openai.com", "/v1", true, 443 },
	{ "http://127.0.0.1:8080", "127.0.0.1", "", false, 8080 },
	{ "HTTPS://API.Example.COM./v1/", "api.example.com", "/v1/", true,
	    443 },
	{ "http://[::1]/", "::1", "/", false, 80 },
	{ "http://[FE80::1]:99/a%20b", "fe80::1", "/a%20b", false, 99 },
	{ "https://a_b-c.example:65535", "a_b-c.example", "", true, 65535 },
};

static const char *const bad[] = { "", "api.example.com", "//a.example",
	"ftp://a.example", "file:///etc/passwd", "gopher://a.example",
	"http:/a.example", "http://", "http:///v1", "http://:80",
	"http://a.example:", "http://a.example:0", "http://a.example:65536",
	"http://a.example:8a", "http://user@a.example", "http://u:p@a.example/",
	"http://a.example/@b", "http://a.example?x=1", "http://a.example/#f",
	"http://a.example\\@b", "http://a example", "http://a.example/ ",
	"http://\xc3\xa9.example", "http://a.example/\n", "http://a..example",
	"http://.example", "http://a%2eexample", "http://[::1", "http://::1/",
	"http://[::1]x", "http://[fe80::1%25eth0]/", "http://[]x/",
	"http://a:b:c/", "http://[::1]:/", "http://[:::]/", "http://[1:2]/",
	"http://[::1.2.3]/", "http://[.]/" };

static void
good_addresses_are_taken_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		struct url url;

		assert_true(url_parse(unit_cx.arena, good[i].text, &url));
		assert_string_equal(url.host, good[i].host);
		assert_string_equal(url.path, good[i].path);
		assert_int_equal(url.secure, good[i].secure);
		assert_int_equal(url.port, good[i].port);
	}
}

static void
bad_addresses_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct url url;

		if (url_parse(unit_cx.arena, bad[i], &url))
			fail_msg("taken: %s", bad[i]);
	}
}

static const char *const private_hosts[] = { "127.0.0.1", "127.1", "0",
	"2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001",
	"localhost", "a.localhost", "10.0.0.1", "169.254.169.254", "::1",
	"::ffff:10.0.0.1", "fe80::1", "256.256.256.256", "4294967296",
	"0x100000000", "1.2.3.4.5" };

static void
private_hosts_are_denied_in_every_spelling(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(private_hosts); i++)
		if (egress_may_host("", private_hosts[i]))
			fail_msg("allowed: %s", private_hosts[i]);
	assert_true(egress_may_host("", "8.8.8.8"));
	assert_true(egress_may_host("", "134744072"));
}

static void
what_is_allowed_is_allowed_by_any_spelling(void **state)
{
	(void)state;
	assert_true(egress_may_host("127.0.0.0/8", "127.0.0.1"));
	assert_true(egress_may_host("127.0.0.0/8", "2130706433"));
	assert_false(egress_may_host("127.0.0.0/8", "::1"));
	assert_false(egress_may_host("127.0.0.0/8", "10.0.0.1"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(good_addresses_are_taken_apart),
		UNIT_TEST(bad_addresses_are_refused),
		UNIT_TEST(private_hosts_are_denied_in_every_spelling),
		UNIT_TEST(what_is_allowed_is_allowed_by_any_spelling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
