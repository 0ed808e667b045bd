/*
 * egress - every kind of address that is nobody's business, in every spelling.
 */
#include "config.h"

#include "unit.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "core/egress.h"

/* As the resolver reads it: decimal, octal and hex spellings too. */
static bool
may(const char *allow, const char *address)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST,
		.ai_socktype = SOCK_STREAM };
	struct addrinfo *found;
	char text[64];
	bool answer;

	if (getaddrinfo(address, "443", &hints, &found) != 0)
		fail_msg("no address: %s", address);
	answer = egress_may(allow, found->ai_addr);
	if (getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof(text),
		NULL, 0, NI_NUMERICHOST) != 0 ||
	    egress_may_text(allow, text) != answer)
		fail_msg("as text it is judged otherwise: %s", address);
	freeaddrinfo(found);
	return answer;
}

/* clang-format off */
static const char *const denied[] = {
	"0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255",
	"100.64.0.0", "100.127.255.255", "127.0.0.1", "127.255.255.255",
	"169.254.0.0", "169.254.169.254", "169.254.255.255",
	"172.16.0.0", "172.31.255.255", "192.0.0.0", "192.0.0.170",
	"192.0.2.1", "192.88.99.1", "192.168.0.0", "192.168.255.255",
	"198.18.0.0", "198.19.255.255", "198.51.100.1", "203.0.113.1",
	"224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
	/* spellings */
	"2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.1",
	"10.1", "0xa9fea9fe", "2852039166", "0", "0x0",
	/* IPv6 */
	"::", "::1", "::2", "0:0:0:0:0:0:0:1", "::7f00:1", "::127.0.0.1",
	"100::", "100::1", "2001::1", "2001:0:53aa:64c::1", "2001:2::1",
	"2001:1ff:ffff::1", "2001:db8::1", "3fff::1", "3fff:fff::1",
	"5f00::1", "64:ff9b:1::1", "fc00::1", "fdff:ffff::1", "fe80::1",
	"febf::1", "fec0::1", "ff02::1", "4000::1", "1fff::1",
	/* IPv4 inside IPv6 */
	"::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1",
	"::ffff:169.254.169.254", "::ffff:0.0.0.0", "64:ff9b::7f00:1",
	"64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::",
	"2002:a00:1::1", "2002:c0a8:101::1", "2002:a9fe:a9fe::",
};

static const char *const fine[] = {
	"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255",
	"100.128.0.0", "126.255.255.255", "128.0.0.1", "169.253.255.255",
	"169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255",
	"192.0.1.1", "192.0.3.1", "192.88.98.255", "192.88.100.0",
	"192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0",
	"198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0",
	"223.255.255.255", "2606:4700::1111", "2001:4860:4860::8888",
	"2001:200::1", "2001:db7::1", "2001:db9::1", "2400:cb00::1",
	"3ffe::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1",
};
/* clang-format on */

static void
special_networks_are_denied(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(denied); i++)
		if (may("", denied[i]))
			fail_msg("allowed: %s", denied[i]);
}

static void
their_neighbours_are_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(fine); i++)
		if (!may("", fine[i]))
			fail_msg("denied: %s", fine[i]);
}

static void
the_option_opens_what_it_names_and_no_more(void **state)
{
	static const char nets[] = "10.1.2.3, 127.0.0.0/8 ,fd00::/8";

	(void)state;
	assert_true(may(nets, "10.1.2.3"));
	assert_true(may(nets, "::ffff:10.1.2.3"));
	assert_false(may(nets, "10.1.2.4"));
	assert_true(may(nets, "127.0.0.1"));
	assert_true(may(nets, "127.255.255.255"));
	assert_true(may(nets, "128.0.0.1"));
	assert_false(may(nets, "::1"));
	assert_true(may("::1", "::1"));
	assert_false(may("::1", "127.0.0.1"));
	assert_false(may("::/0", "::ffff:127.0.0.1"));
	assert_true(may("::/0", "fe80::1"));
	assert_true(may("0.0.0.0/0", "127.0.0.1"));
	assert_true(may("0.0.0.0/0", "64:ff9b::7f00:1"));
	assert_true(may(nets, "fd12::1"));
	assert_false(may(nets, "fc00::1"));
	assert_true(may("172.16.0.0/13", "172.23.255.255"));
	assert_false(may("172.16.0.0/13", "172.24.0.0"));
	assert_false(may("10.0.0.0/8x", "10.0.0.1"));
}

static void
other_families_are_denied(void **state)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	(void)state;
	assert_false(egress_may(
	    "0.0.0.0/0,::/0", (const struct sockaddr *)(const void *)&un));
}

static void
the_option_is_checked(void **state)
{
	static const char *const valid[] = { "", " ", "127.0.0.1", "::1",
		"127.0.0.0/8,::1", " 10.0.0.0/8 , fd00::/8 ", "0.0.0.0/0",
		"::/128", "10.0.0.0/32," };
	static const char *const broken[] = { "x", "127.0.0", "127.1",
		"127.0.0.0/33", "127.0.0.0/-1", "127.0.0.0/", "127.0.0.0/8/8",
		"::/129", "::1::", "localhost", "10.0.0.0/8;::1", "/8",
		"0x7f000001", "127.0.0.1,x", "10.0.0.0/255.0.0.0",
		("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa") };

	(void)state;
	for (size_t i = 0; i < COUNT(valid); i++)
		if (!egress_allow_valid(valid[i]))
			fail_msg("refused: %s", valid[i]);
	for (size_t i = 0; i < COUNT(broken); i++)
		if (egress_allow_valid(broken[i]))
			fail_msg("taken: %s", broken[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(special_networks_are_denied),
		UNIT_TEST(their_neighbours_are_not),
		UNIT_TEST(the_option_opens_what_it_names_and_no_more),
		UNIT_TEST(other_families_are_denied),
		UNIT_TEST(the_option_is_checked),
	};

	return cmocka_run_group_tests_name("egress", tests, NULL, NULL);
}
