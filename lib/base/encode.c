#include "base/encode.h"

#include <string.h>
#include <sysexits.h>

#include <sodium.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/text.h"

/* libsodium wants to be started once; it may be called from any thread. */
__attribute__((constructor)) static void
encode_start(void)
{
	if (sodium_init() < 0)
		die(EX_SOFTWARE, "cannot start libsodium");
}

char *
hex_encode(struct arena *arena, const void *bytes, size_t len)
{
	char *out = arena_alloc(arena, len * 2 + 1);

	return sodium_bin2hex(out, len * 2 + 1, bytes, len);
}

static char *
encode_variant(struct arena *arena, const void *bytes, size_t len, int variant)
{
	size_t room = sodium_base64_encoded_len(len, variant);

	return sodium_bin2base64(
	    arena_alloc(arena, room), room, bytes, len, variant);
}

static bool
is_ascii(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] > 0x7f)
			return false;
	return true;
}

/* libsodium 1.0.18 takes the bytes 0xab, 0xad, 0xaf and 0xdf for "+-/_". */
static bool
decode_variant(struct arena *arena, const char *text, size_t len,
    const char *ignore, int variant, uint8_t **out, size_t *len_out)
{
	uint8_t *bytes = arena_alloc(arena, len / 4 * 3 + 4);
	const char *end;

	if (!is_ascii(text, len) ||
	    sodium_base642bin(bytes, len / 4 * 3 + 3, text, len, ignore,
		len_out, &end, variant) != 0 ||
	    end != text + len)
		return false;
	*out = bytes;
	return true;
}

char *
base64_encode(struct arena *arena, const void *bytes, size_t len)
{
	return encode_variant(
	    arena, bytes, len, sodium_base64_VARIANT_ORIGINAL);
}

bool
base64_decode(struct arena *arena, const char *text, size_t len, uint8_t **out,
    size_t *len_out)
{
	static const char blanks[] = " \r\n\t";

	/* with padding or without: what stands before it is the same */
	while (len > 0 && strchr("= \r\n\t", text[len - 1]) != NULL)
		len--;
	return decode_variant(arena, text, len, blanks,
	    sodium_base64_VARIANT_ORIGINAL_NO_PADDING, out, len_out);
}

char *
base64url_encode(struct arena *arena, const void *bytes, size_t len)
{
	return encode_variant(
	    arena, bytes, len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

bool
base64url_decode(struct arena *arena, const char *text, size_t len,
    uint8_t **out, size_t *len_out)
{
	return decode_variant(arena, text, len, NULL,
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING, out, len_out);
}

static int
hex_digit(char c)
{
	const char *digits = "0123456789abcdef0123456789ABCDEF";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	return at == NULL ? -1 : (int)((at - digits) % 16);
}

/* plus: '+' is a blank, as in queries. */
static bool
decode_percent(
    struct arena *arena, const char *text, size_t len, bool plus, char **out)
{
	char *to = arena_alloc(arena, len + 1);

	*out = to;
	for (size_t i = 0; i < len; i++) {
		int high, low;

		if (text[i] != '%') {
			*to++ = plus && text[i] == '+' ? ' ' : text[i];
			continue;
		}
		if (len - i < 3)
			return false;
		high = hex_digit(text[i + 1]);
		low = hex_digit(text[i + 2]);
		if (high < 0 || low < 0 || (high == 0 && low == 0))
			return false;
		*to++ = (char)(high << 4 | low);
		i += 2;
	}
	return memchr(text, '\0', len) == NULL;
}

bool
percent_decode(struct arena *arena, const char *text, size_t len, char **out)
{
	return decode_percent(arena, text, len, false, out);
}

char *
percent_encode(struct arena *arena, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789-._~";
	static const char hex[] = "0123456789ABCDEF";
	char *out = arena_alloc(arena, strlen(text) * 3 + 1);
	char *to = out;

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (strchr(plain, c) != NULL) {
			*to++ = (char)c;
			continue;
		}
		*to++ = '%';
		*to++ = hex[c >> 4];
		*to++ = hex[c & 15];
	}
	return out;
}

static bool
pair_parse(
    struct arena *arena, const char *text, size_t len, struct query_pair *out)
{
	const char *equals = memchr(text, '=', len);
	size_t name_len = equals == NULL ? len : (size_t)(equals - text);
	char *name, *value = arena_copy(arena, "", 0);

	if (!decode_percent(arena, text, name_len, true, &name))
		return false;
	if (equals != NULL && !decode_percent(arena, equals + 1,
				  len - name_len - 1, true, &value))
		return false;
	out->name = name;
	out->value = value;
	return utf8_valid(name, strlen(name)) &&
	       utf8_valid(value, strlen(value));
}

bool
query_parse(struct arena *arena, const char *text, size_t max,
    struct query_pair **pairs_out, size_t *count_out)
{
	struct query_pair *pairs = ARENA_ARRAY(arena, max, struct query_pair);
	size_t count = 0;

	while (*text != '\0') {
		size_t len = strcspn(text, "&");

		if (len > 0) {
			if (count == max ||
			    !pair_parse(arena, text, len, &pairs[count]))
				return false;
			count++;
		}
		text += len + (text[len] == '&');
	}
	*pairs_out = pairs;
	*count_out = count;
	return true;
}

void
sha256(const void *bytes, size_t len, uint8_t out[32])
{
	crypto_hash_sha256(out, bytes, len);
}

char *
sha256_hex(struct arena *arena, const void *bytes, size_t len)
{
	uint8_t digest[32];

	sha256(bytes, len, digest);
	return hex_encode(arena, digest, sizeof(digest));
}

char *
tag_hex(struct arena *arena, const void *bytes, size_t len)
{
	uint8_t digest[16];

	crypto_generichash(digest, sizeof(digest), bytes, len, NULL, 0);
	return hex_encode(arena, digest, sizeof(digest));
}

void
random_fill(void *out, size_t len)
{
	randombytes_buf(out, len);
}

uint32_t
random_below(uint32_t bound)
{
	return randombytes_uniform(bound);
}

bool
secret_equal(const void *a, const void *b, size_t len)
{
	return sodium_memcmp(a, b, len) == 0;
}
