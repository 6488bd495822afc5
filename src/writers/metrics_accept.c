/* SPDX-License-Identifier: Apache-2.0 */
/* writers/metrics_accept.c - which form of metrics an Accept header likes best */
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "writers/metrics_text.h"

/* "a/b;version=1.0.0;q=0.5": pieces of the header, not terminated. */
struct piece {
    const char *text;
    size_t length;
};

struct range {
    struct piece type;    /* "text/plain" */
    struct piece version; /* length 0: none named */
    unsigned q;           /* thousandths */
};

/* What the header says of one form so far: its most specific range decides. */
struct wish {
    int specific; /* 0 nothing, 1 any type, 2 any text, 3 the type, 4 its version, too */
    unsigned q;
    size_t at; /* which range of the header */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool equals(struct piece piece, const char *word)
{
    return piece.length == strlen(word) && strncasecmp(piece.text, word, piece.length) == 0;
}

/* Up to one of `ends` or the end, quotes passed over; without blanks around it and quotes. */
static struct piece take_piece(const char **at, const char *ends)
{
    struct piece piece = { .text = *at };
    bool quoted = false;
    const char *end = *at;

    for (; *end != '\0' && (quoted || strchr(ends, *end) == NULL); end++) {
        if (*end == '"')
            quoted = !quoted;
        else if (*end == '\\' && quoted && end[1] != '\0')
            end++;
    }
    *at = end;
    while (piece.text < end && is_blank(*piece.text))
        piece.text++;
    while (end > piece.text && is_blank(end[-1]))
        end--;
    if (end - piece.text >= 2 && *piece.text == '"' && end[-1] == '"') {
        piece.text++;
        end--;
    }
    piece.length = (size_t)(end - piece.text);
    return piece;
}

/* "1", "0.75"; three decimals count, as RFC 9110 has it. What is none is as if it stood not there. */
static unsigned read_q(struct piece piece)
{
    unsigned q = 0;
    unsigned step = 100;

    if (piece.length == 0 || (piece.text[0] != '0' && piece.text[0] != '1') ||
        (piece.length > 1 && piece.text[1] != '.'))
        return 1000;
    q = piece.text[0] == '1' ? 1000 : 0;
    for (size_t i = 2; i < piece.length; i++, step /= 10) {
        if (piece.text[i] < '0' || piece.text[i] > '9')
            return 1000;
        q += (unsigned)(piece.text[i] - '0') * step;
    }
    return q < 1000 ? q : 1000;
}

/* Return: false at the header's end. */
static bool next_range(const char **at, struct range *range_out)
{
    struct range range = { .q = 1000 };

    while (**at == ',' || is_blank(**at))
        (*at)++;
    if (**at == '\0')
        return false;
    range.type = take_piece(at, ",;");
    while (**at == ';') {
        struct piece name;

        (*at)++;
        name = take_piece(at, ",;=");
        if (**at != '=')
            continue;
        (*at)++;
        if (equals(name, "q"))
            range.q = read_q(take_piece(at, ",;"));
        else if (equals(name, "version"))
            range.version = take_piece(at, ",;");
        else
            (void)take_piece(at, ",;"); /* charset, escaping */
    }
    *range_out = range;
    return true;
}

/* How closely a range means this form; 0: it does not. */
static int match(const struct range *range, const char *type, const char *any_of_it,
                 const char *version)
{
    if (equals(range->type, "*/*"))
        return 1;
    if (equals(range->type, any_of_it))
        return 2;
    if (!equals(range->type, type))
        return 0;
    if (range->version.length == 0)
        return 3;
    return equals(range->version, version) ? 4 : 0;
}

static void take_wish(struct wish *wish, int specific, unsigned q, size_t at)
{
    if (specific > wish->specific || (specific == wish->specific && specific > 0 && q > wish->q))
        *wish = (struct wish){ .specific = specific, .q = q, .at = at };
}

enum metrics_form metrics_accepted(const char *accept)
{
    struct wish text = { 0 };
    struct wish open = { 0 };
    struct range range;

    if (accept == NULL)
        return METRICS_PROMETHEUS;
    for (size_t i = 0; next_range(&accept, &range); i++) {
        take_wish(&text, match(&range, "text/plain", "text/*", "0.0.4"), range.q, i);
        take_wish(&open, match(&range, "application/openmetrics-text", "application/*", "1.0.0"),
                  range.q, i);
    }
    if (open.q != text.q)
        return open.q > text.q ? METRICS_OPENMETRICS : METRICS_PROMETHEUS;
    /* as welcome as each other: what was named, then what was named first */
    if (open.specific < 3 || open.q == 0)
        return METRICS_PROMETHEUS;
    if (text.specific < 3)
        return METRICS_OPENMETRICS;
    return open.at < text.at ? METRICS_OPENMETRICS : METRICS_PROMETHEUS;
}
