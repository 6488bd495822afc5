/* SPDX-License-Identifier: Apache-2.0 */
/* session/epoch/lines.c - the lines of a training's log, and which epoch one of them tells of */
#include "session/epoch/lines.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"

/*
 * "Epoch 3/10", "epoch [3/10]", "Train Epoch: 3 [0/60000 (0%)]", "epoch 3 of 10", "'epoch': 2.0": the
 * word, a few signs, a number. Not "epochs", "max_epoch", "steps/epoch".
 */
static const char usual_regex[] =
    "(^|[^A-Za-z0-9_/-])epoch[]\"'=:#[( \t-]{0,8}([0-9]+([.][0-9]+)?)(e-[0-9]+)?";
enum { USUAL_GROUP = 2, GROUPS_MAX = 3 };

static int compile(regex_t *compiled, const char *regex, int flags, struct aico2_error *err)
{
    char why[128];
    char shown[160];
    int r;

    if (regex[0] == '\0')
        return aico2_error_set(err, -EINVAL, "'' is no regular expression: it fits every line");
    r = regcomp(compiled, regex, REG_EXTENDED | flags);
    if (r == 0)
        return 0;
    (void)regerror(r, compiled, why, sizeof(why));
    text_copy_clean(shown, sizeof(shown), regex);
    return aico2_error_set(err, -EINVAL, "'%s' is no regular expression: %s", shown, why);
}

int epoch_lines_init(struct epoch_lines *lines, const char *regex, epoch_mark_fn *on_mark,
                     void *payload, struct aico2_error *err)
{
    int r;

    lines->compiled = false;
    lines->own_regex = regex != NULL;
    lines->has_validation = false;
    lines->on_mark = on_mark;
    lines->payload = payload;
    lines->length = 0;
    r = compile(&lines->regex, regex != NULL ? regex : usual_regex, regex == NULL ? REG_ICASE : 0,
                err);
    lines->compiled = r == 0;
    return r;
}

int epoch_lines_set_validation(struct epoch_lines *lines, const char *regex,
                               struct aico2_error *err)
{
    int r = compile(&lines->validation, regex, REG_NOSUB, err);

    lines->has_validation = r == 0;
    return r;
}

void epoch_lines_deinit(struct epoch_lines *lines)
{
    if (lines->compiled)
        regfree(&lines->regex);
    if (lines->has_validation)
        regfree(&lines->validation);
    lines->compiled = lines->has_validation = false;
}

/* Colours and cursor movements, as a terminal's log has them: ESC [ ... letter. */
static void drop_escapes(char *line)
{
    char *to = line;

    for (const char *from = line; *from != '\0';) {
        if (from[0] == '\033' && from[1] == '[') {
            from += 2;
            while (*from != '\0' && !(*from >= '@' && *from <= '~'))
                from++;
            from += *from != '\0';
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
}

static const char *past(const char *at, const char *characters)
{
    return at + strspn(at, characters);
}

/* "/10", " of 10", "/ 10]" behind a number: how many there are. Returns what follows. */
static const char *take_total(const char *at, double *of_out)
{
    const char *next = past(at, " \t");
    char digits[16];
    size_t count;

    if (*next == '/')
        next = past(next + 1, " \t");
    else if (strncmp(next, "of ", 3) == 0)
        next = past(next + 3, " \t");
    else
        return at;
    count = strspn(next, "0123456789");
    if (count == 0 || count >= sizeof(digits))
        return at;
    memcpy(digits, next, count);
    digits[count] = '\0';
    if (!number_parse_double(digits, of_out))
        return at;
    return next + count;
}

/* What may stand before a header: a date, a level, "Starting". Not "saved the weights of". */
static bool may_precede_header(const char *line, size_t length)
{
    char before[64];
    bool small = false;

    if (length >= sizeof(before))
        return false;
    memcpy(before, line, length);
    before[length] = '\0';
    for (size_t i = 0; i < length; i++)
        small = small || islower((unsigned char)before[i]) != 0;
    return !small || strcasestr(before, "start") != NULL || strcasestr(before, "begin") != NULL;
}

/* Nothing but the mark and what decorates it, or a bar that is still empty. */
static bool is_header(const char *line, size_t before, const char *after)
{
    const char *percent = strchr(after, '%');

    if (percent != NULL && percent > after && percent[-1] == '0' &&
        (percent - after == 1 || !isdigit((unsigned char)percent[-2])))
        return true;
    if (!may_precede_header(line, before))
        return false;
    for (; *after != '\0'; after++) {
        if (isalnum((unsigned char)*after))
            return false;
    }
    return true;
}

static bool copy_group(char *text, size_t size, const char *line, const regmatch_t *group)
{
    size_t length = (size_t)(group->rm_eo - group->rm_so);

    if (group->rm_so < 0 || length == 0 || length >= size)
        return false;
    memcpy(text, line + group->rm_so, length);
    text[length] = '\0';
    return true;
}

/* Return: whether the line tells of an epoch. */
static bool find_epoch(const struct epoch_lines *lines, struct epoch_mark *mark)
{
    regmatch_t groups[GROUPS_MAX];
    size_t group = lines->own_regex ? 1 : USUAL_GROUP;
    const char *after;
    char number[32];

    /* most lines of a log tell of something else, and regexec(3) is slow */
    if (!lines->own_regex && strcasestr(lines->line, "epoch") == NULL)
        return false;
    if (regexec(&lines->regex, lines->line, GROUPS_MAX, groups, 0) != 0)
        return false;
    after = lines->line + groups[0].rm_eo;
    if (lines->regex.re_nsub >= 1 &&
        copy_group(number, sizeof(number), lines->line, &groups[group]) &&
        number_parse_double(number, &mark->number)) {
        mark->fraction = strchr(number, '.') != NULL;
        if (!lines->own_regex)
            after = take_total(after, &mark->of);
    }
    /* "epoch 1e-3" is a learning rate's neighbour, not an epoch */
    if (!lines->own_regex && groups[0].rm_eo > groups[USUAL_GROUP].rm_eo)
        return false;
    mark->is_header = !mark->fraction && is_header(lines->line, (size_t)groups[0].rm_so, after);
    return true;
}

static void look_at_line(struct epoch_lines *lines)
{
    const struct epoch_mark nothing = { .number = NAN, .of = NAN };
    struct epoch_mark mark = nothing;

    lines->line[lines->length] = '\0';
    lines->length = 0;
    drop_escapes(lines->line);
    if (!find_epoch(lines, &mark)) {
        mark = nothing;
        mark.no_epoch = true;
    }
    mark.validates =
        lines->has_validation && regexec(&lines->validation, lines->line, 0, NULL, 0) == 0;
    if (!mark.no_epoch || mark.validates)
        lines->on_mark(lines->payload, &mark);
}

void epoch_lines_add(struct epoch_lines *lines, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char byte = bytes[i];

        if (byte == '\n' || byte == '\r') {
            if (lines->length > 0)
                look_at_line(lines);
        } else if (lines->length < EPOCH_LINE_BYTES_MAX) {
            lines->line[lines->length++] = byte != '\0' ? byte : ' ';
        }
    }
}

void epoch_lines_end(struct epoch_lines *lines)
{
    if (lines->length > 0)
        look_at_line(lines);
}

void epoch_lines_restart(struct epoch_lines *lines)
{
    lines->length = 0;
}
