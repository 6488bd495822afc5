/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/chain.c - the providers of a question, one after the other, until one has an answer */
#include "fetch/chain.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/text.h"
#include "base/time_text.h"
#include "fetch/cache.h"
#include "fetch/quota.h"
#include "fetch/store.h"
#include "fetch/timeline.h"

enum { TOKEN_SIZE = 2048, WINDOWS_PER_QUERY = 16 };

static const uint64_t STORE_MOST_BYTES = 48 << 20;

/* One choice of the question while it is tried. */
struct attempt {
    const struct chain *chain;
    const struct fetch_question *question;
    const struct provider *provider;
    const struct fetch_choice *choice;
    struct fetch_step *step;
    struct asker asker;
    struct secret secret;
    struct provider_query query;
    struct timespan span; /* the window by steps of the provider */
    struct cache_key key;
    struct intensity_origin origin;
    struct timeline known;
    char url[FETCH_URL_SIZE];
    char token[TOKEN_SIZE];
    int64_t now_ns;
    int dirfd;
};

static const struct provider *find(const struct chain *chain, const char *name)
{
    for (size_t i = 0; i < chain->count; i++) {
        if (strcmp(chain->table[i]->name, name) == 0)
            return chain->table[i];
    }
    return NULL;
}

static int64_t floor_to(int64_t ns, int64_t step_ns)
{
    int64_t rest = ns % step_ns;

    return ns - (rest < 0 ? rest + step_ns : rest);
}

/* --- what is known before anybody is asked --- */

static bool set_address(struct attempt *attempt)
{
    const struct provider *provider = attempt->provider;
    size_t length;

    (void)snprintf(attempt->url, sizeof(attempt->url), "%s",
                   attempt->choice->url[0] != '\0' ? attempt->choice->url
                   : provider->default_url != NULL ? provider->default_url
                                                   : "");
    length = strlen(attempt->url);
    while (length > 0 && attempt->url[length - 1] == '/')
        attempt->url[--length] = '\0';
    attempt->asker.reach = attempt->choice->url[0] != '\0' ? HTTP_CONFIGURED : HTTP_PUBLIC;
    return length > 0;
}

/* The window by the provider's steps; nothing ahead of now unless a forecast is wanted. */
static bool set_span(struct attempt *attempt)
{
    int64_t step_ns = attempt->provider->step_ns;
    int64_t to_ns = attempt->question->to_wall_ns;

    if (!attempt->question->forecast && to_ns > attempt->now_ns)
        to_ns = attempt->now_ns;
    attempt->span.from_ns = floor_to(attempt->question->from_wall_ns, step_ns);
    attempt->span.to_ns = floor_to(to_ns + step_ns - 1, step_ns);
    return attempt->span.from_ns < attempt->span.to_ns &&
           attempt->question->from_wall_ns <= to_ns &&
           (attempt->span.to_ns - attempt->span.from_ns) / step_ns < FETCH_POINTS_MAX / 2;
}

/* Return: whether this choice can be tried at all; else its step says why not. */
static bool prepare(struct attempt *attempt)
{
    const struct provider *provider = attempt->provider;
    const struct fetch_question *question = attempt->question;
    struct asker *asker = &attempt->asker;

    if (provider->zone_of == NULL || !provider->zone_of(&question->place, attempt->query.zone)) {
        ask_fail(asker, attempt->step, FETCH_NOT_COVERED, "it has no figures of this place");
        return false;
    }
    attempt->query.zone[sizeof(attempt->query.zone) - 1] = '\0';
    if (question->marginal && !provider->has_marginal) {
        ask_fail(asker, attempt->step, FETCH_NOT_COVERED, "it has no marginal figures");
        return false;
    }
    if (!set_address(attempt)) {
        ask_fail(asker, attempt->step, FETCH_NOT_COVERED, "its address has to be given");
        return false;
    }
    if (!set_span(attempt)) {
        ask_fail(asker, attempt->step, FETCH_NO_DATA, "the window is ahead of now, or too long");
        return false;
    }
    attempt->query.base_url = attempt->url;
    attempt->query.secret = "";
    attempt->query.from_ns = attempt->span.from_ns;
    attempt->query.to_ns = attempt->span.to_ns;
    attempt->query.now_ns = attempt->now_ns;
    attempt->query.marginal = question->marginal;
    attempt->query.forecast = question->forecast && provider->has_forecast;
    provider->describe(&attempt->query, &attempt->origin);
    attempt->key = (struct cache_key){
        .provider = provider,
        .zone = attempt->query.zone,
        .kind = attempt->origin.kind,
        .url = attempt->url,
        .marginal = question->marginal,
    };
    return true;
}

/* --- asking --- */

static int no_memory(const struct attempt *attempt)
{
    ask_fail(&attempt->asker, attempt->step, FETCH_BAD_ANSWER, "out of memory");
    return -ENOMEM;
}

static int find_secret(struct attempt *attempt)
{
    const struct secret_places places = {
        .credentials_dir = attempt->chain->credentials_dir,
        .secret_dir = attempt->question->secret_dir,
        .given = attempt->choice->secret,
    };
    struct aico2_error err = { 0 };
    int r;

    if (attempt->provider->secret == SECRET_NONE)
        return 0;
    r = secret_find(&places, attempt->provider->name, &attempt->secret, &err);
    if (r < 0) {
        ask_fail(&attempt->asker, attempt->step, FETCH_NO_SECRET, "%s",
                 r == -ENOENT ? "it asks for a key, and none is given" : err.message);
        return r;
    }
    if (attempt->provider->secret == SECRET_USER_PASSWORD &&
        strchr(attempt->secret.text, ':') == NULL) {
        ask_fail(&attempt->asker, attempt->step, FETCH_NO_SECRET,
                 "its key has the form user:password");
        return -EINVAL;
    }
    attempt->query.secret = attempt->secret.text;
    attempt->asker.secret = &attempt->secret;
    return 0;
}

static int log_in(struct attempt *attempt)
{
    AICO2_CLEANUP(provider_request_deinit) struct provider_request request = { 0 };
    AICO2_CLEANUP(http_answer_deinit) struct http_answer answer = { 0 };
    struct aico2_error err = { 0 };
    int r;

    attempt->query.secret = attempt->secret.text;
    r = attempt->provider->ask_login(&attempt->query, &request);
    if (r < 0)
        return no_memory(attempt);
    r = ask_once(&attempt->asker, &request, &answer, attempt->step);
    if (r < 0)
        return r == -EACCES ? -EPERM : r;
    r = attempt->provider->parse_login(strbuf_text(&answer.body), answer.body.length,
                                       attempt->token, &err);
    attempt->token[TOKEN_SIZE - 1] = '\0';
    if (r < 0) {
        ask_fail(&attempt->asker, attempt->step, FETCH_BAD_ANSWER, "login: %s", err.message);
        return r;
    }
    attempt->query.secret = attempt->token;
    attempt->asker.token = attempt->token;
    return 0;
}

/* Return: 1: the points of request `index` are in series; 0: there is no such request; -errno */
static int ask_index(struct attempt *attempt, size_t index, struct intensity_series *series)
{
    AICO2_CLEANUP(http_answer_deinit) struct http_answer answer = { 0 };
    struct aico2_error err = { 0 };
    int r = 0;

    for (int login = 0; login < 2; login++) {
        AICO2_CLEANUP(provider_request_deinit) struct provider_request request = { 0 };

        r = attempt->provider->ask(&attempt->query, index, &request);
        if (r <= 0) {
            if (r < 0)
                ask_fail(&attempt->asker, attempt->step, FETCH_NOT_COVERED,
                         "it cannot be asked for this");
            return r;
        }
        r = ask_once(&attempt->asker, &request, &answer, attempt->step);
        if (r != -EACCES || attempt->provider->ask_login == NULL || login == 1)
            break;
        r = log_in(attempt); /* a token that ran out */
        if (r < 0)
            return r;
    }
    if (r < 0)
        return r;
    r = attempt->provider->parse(&attempt->query, index, strbuf_text(&answer.body),
                                 answer.body.length, series, &err);
    if (r < 0) {
        ask_fail(&attempt->asker, attempt->step, FETCH_BAD_ANSWER, "%s",
                 err.message[0] != '\0' ? err.message : "not to be understood");
        return r;
    }
    return 1;
}

/* All requests of a stretch, by parts that fit the provider. Return: 0, or the first failure. */
static int ask_span(struct attempt *attempt, const struct timespan *span,
                    struct intensity_series *series)
{
    int64_t part_ns = attempt->provider->window_max_ns;
    bool forecast = attempt->query.forecast;
    int r = 0;

    if (part_ns <= 0 || part_ns > INT64_MAX / WINDOWS_PER_QUERY)
        part_ns = INT64_MAX;
    else
        part_ns *= WINDOWS_PER_QUERY;
    for (int64_t from = span->from_ns; from < span->to_ns && r >= 0;) {
        attempt->query.from_ns = from;
        attempt->query.to_ns = span->to_ns - from > part_ns ? from + part_ns : span->to_ns;
        attempt->query.forecast = forecast && attempt->query.to_ns > attempt->now_ns;
        r = 1;
        for (size_t index = 0; index < PROVIDER_REQUESTS_MAX && r == 1; index++)
            r = ask_index(attempt, index, series);
        from = attempt->query.to_ns;
    }
    return r < 0 ? r : 0;
}

/* The answer laid over what is known. Return: 0, -EBADMSG with a step, or -ENOMEM. */
static int take_in(struct attempt *attempt, struct intensity_series *series,
                   const struct timespan *span, bool complete)
{
    AICO2_CLEANUP(timeline_deinit) struct timeline fresh = { 0 };
    struct answer_faults faults;
    int r = timeline_of_answer(series, span, attempt->provider->step_ns, attempt->now_ns, complete,
                               &fresh, &faults);

    if (r < 0)
        return no_memory(attempt);
    if (faults.impossible > 0) { /* then the rest is not believed either */
        ask_fail(&attempt->asker, attempt->step, FETCH_BAD_ANSWER, "%zu values that cannot be",
                 faults.impossible);
        return -EBADMSG;
    }
    if (faults.ahead == 0) /* else better asked again */
        (void)cache_save(attempt->dirfd, &attempt->key, &fresh);
    if (timeline_overlay(&attempt->known, &fresh, &attempt->known) < 0)
        return no_memory(attempt);
    if (!complete || faults.ahead == 0)
        return 0;
    ask_fail(&attempt->asker, attempt->step, FETCH_BAD_ANSWER,
             "%zu values measured in times to come", faults.ahead);
    return -EBADMSG;
}

static int ask(struct attempt *attempt, const struct timespan *span)
{
    AICO2_CLEANUP(freep) struct intensity_point *points = NULL;
    struct intensity_series series = { 0 };
    int64_t until_ns = quota_closed_until(attempt->dirfd, attempt->now_ns);
    int taken;
    int r = 0;

    if (until_ns > 0) {
        char until[32];

        wall_time_format(until, sizeof(until), until_ns);
        ask_fail(&attempt->asker, attempt->step, FETCH_LIMITED,
                 "it failed before, and is not asked until %.19sZ", until);
        return -EBUSY;
    }
    if (attempt->provider->ask_login != NULL)
        r = log_in(attempt);
    if (r == 0)
        r = ask_span(attempt, span, &series);
    points = series.points;
    if ((r < 0 && series.count == 0) || r == -ENOMEM)
        return r == -ENOMEM ? no_memory(attempt) : r;
    taken = take_in(attempt, &series, span, r == 0);
    return r < 0 ? r : taken;
}

/* --- one choice --- */

/* Return: whether there is a value in the window; then the step is a success. */
static bool use(struct attempt *attempt, bool with_stale, struct fetch_answer *answer,
                struct intensity_series *series)
{
    struct timespan window = { attempt->question->from_wall_ns, attempt->question->to_wall_ns };
    struct timeline_use use = { 0 };

    if (timeline_points(&attempt->known, &window, attempt->provider, attempt->now_ns, with_stale,
                        series, &use) < 0 ||
        use.value_count == 0 || series->count > FETCH_POINTS_MAX)
        return false;
    attempt->origin.fetched_wall_ns = use.oldest_fetched_ns;
    text_copy_clean(attempt->origin.provider, sizeof(attempt->origin.provider),
                    attempt->provider->name);
    text_copy_clean(attempt->origin.zone, sizeof(attempt->origin.zone), attempt->query.zone);
    text_copy_clean(attempt->origin.source, sizeof(attempt->origin.source),
                    attempt->provider->source);
    text_copy_clean(attempt->origin.source_short, sizeof(attempt->origin.source_short),
                    attempt->provider->title);
    text_copy_clean(attempt->origin.licence, sizeof(attempt->origin.licence),
                    attempt->provider->licence);
    answer->origin = attempt->origin;
    return true;
}

static void say_cached(struct attempt *attempt, bool is_stale)
{
    char failure[160] = "";
    char fetched[32];
    int64_t age_s = (attempt->now_ns - attempt->origin.fetched_wall_ns) / NSEC_PER_SEC;

    wall_time_format(fetched, sizeof(fetched), attempt->origin.fetched_wall_ns);
    if (!is_stale) {
        ask_fail(&attempt->asker, attempt->step, FETCH_FROM_CACHE, "of %.19sZ", fetched);
        return;
    }
    (void)snprintf(failure, sizeof(failure), "%s", attempt->step->reason);
    ask_fail(&attempt->asker, attempt->step, FETCH_FROM_CACHE,
             "out of date: of %.19sZ, %" PRId64 " h %" PRId64 " min old; %s", fetched, age_s / 3600,
             age_s / 60 % 60, failure);
}

static void open_store(struct attempt *attempt)
{
    if (attempt->question->cache_dir[0] == '\0')
        return;
    attempt->dirfd = store_open(attempt->question->cache_dir, attempt->provider->name, NULL);
    attempt->asker.dirfd = attempt->dirfd;
}

/* One process asks, the others of a job find its answer in the cache. */
static bool load(struct attempt *attempt, struct timespan *stale_out)
{
    if (cache_load(attempt->dirfd, &attempt->key, &attempt->span, &attempt->known) < 0) {
        (void)no_memory(attempt);
        *stale_out = attempt->span;
        return true;
    }
    return timeline_stale(&attempt->known, &attempt->span, attempt->provider, attempt->now_ns,
                          stale_out);
}

/* Return: 0: asked, in part at least; -errno and the step says why not. */
static int refresh(struct attempt *attempt, struct timespan *stale)
{
    AICO2_CLEANUP(fd_closep) int lock = -1;
    int r;

    if (attempt->question->offline) {
        ask_fail(&attempt->asker, attempt->step, FETCH_NO_DATA,
                 "not in the cache, and none is asked");
        return -ENODATA;
    }
    if (clock_mono_ns() >= attempt->asker.deadline_mono_ns) {
        ask_fail(&attempt->asker, attempt->step, FETCH_TOO_LATE, "no time was left for it");
        return -ETIMEDOUT;
    }
    r = find_secret(attempt);
    if (r < 0)
        return r;
    if (attempt->dirfd >= 0) {
        lock = store_lock(attempt->dirfd, "asking.lock", attempt->asker.deadline_mono_ns);
        if (lock == -ETIMEDOUT) {
            ask_fail(&attempt->asker, attempt->step, FETCH_TOO_LATE,
                     "another process was asking all the time");
            return lock;
        }
        attempt->now_ns = clock_wall_ns();
        attempt->query.now_ns = attempt->now_ns;
        if (!load(attempt, stale))
            return 0;
    }
    return ask(attempt, stale);
}

static bool try_choice(struct attempt *attempt, struct fetch_answer *answer,
                       struct intensity_series *series)
{
    bool may_expire = strcmp(attempt->question->expired_from, attempt->provider->name) == 0;
    struct timespan stale;
    int r;

    if (!prepare(attempt))
        return false;
    open_store(attempt);
    if (!load(attempt, &stale)) {
        if (use(attempt, false, answer, series)) {
            say_cached(attempt, false);
            return true;
        }
        ask_fail(&attempt->asker, attempt->step, FETCH_NO_DATA, "no value in the window");
        return false;
    }
    r = refresh(attempt, &stale);
    if (use(attempt, false, answer, series)) {
        attempt->step->outcome = attempt->question->offline ? FETCH_FROM_CACHE : FETCH_USED;
        if (r == 0)
            attempt->step->reason[0] = '\0'; /* of a part that failed it tells */
        return true;
    }
    if (may_expire && use(attempt, true, answer, series)) {
        say_cached(attempt, true);
        return true;
    }
    if (r == 0)
        ask_fail(&attempt->asker, attempt->step, FETCH_NO_DATA, "no value in the window");
    return false;
}

static void attempt_deinit(struct attempt *attempt)
{
    timeline_deinit(&attempt->known);
    fd_closep(&attempt->dirfd);
    explicit_bzero(attempt->token, sizeof(attempt->token));
    secret_wipe(&attempt->secret);
}

/* A provider that hangs leaves half of what is left to those behind it. */
static int64_t deadline_of(int64_t deadline_ns, bool is_last)
{
    int64_t now_ns = clock_mono_ns();

    return is_last || now_ns >= deadline_ns ? deadline_ns : now_ns + (deadline_ns - now_ns) / 2;
}

static bool run_choice(const struct chain *chain, const struct fetch_question *question,
                       uint32_t index, int64_t deadline_ns, struct fetch_answer *answer,
                       struct intensity_series *series)
{
    const struct fetch_choice *choice = &question->choices[index];
    struct attempt attempt = {
        .chain = chain,
        .question = question,
        .choice = choice,
        .provider = find(chain, choice->provider),
        .step = &answer->steps[answer->step_count++],
        .now_ns = clock_wall_ns(),
        .dirfd = -1,
    };
    bool done;

    text_copy_clean(attempt.step->provider, sizeof(attempt.step->provider), choice->provider);
    attempt.asker = (struct asker){
        .provider = attempt.provider,
        .exchange = chain->exchange,
        .dirfd = -1,
        .ca_file = question->ca_file,
        .deadline_mono_ns = deadline_of(deadline_ns, index + 1 == question->choice_count),
    };
    if (attempt.provider == NULL) {
        ask_fail(&attempt.asker, attempt.step, FETCH_NOT_COVERED, "no such provider");
        return false;
    }
    done = try_choice(&attempt, answer, series);
    attempt_deinit(&attempt);
    return done;
}

void chain_run(const struct chain *chain, const struct fetch_question *question,
               struct fetch_answer *answer_out, struct intensity_series *series_out)
{
    int64_t deadline_ns = clock_mono_ns() + question->deadline_ms * NSEC_PER_MSEC;
    bool done = false;

    *answer_out = (struct fetch_answer){
        .magic = FETCH_MAGIC,
        .version = FETCH_VERSION,
        .status = -ENODATA,
    };
    for (uint32_t i = 0; i < question->choice_count && !done; i++)
        done = run_choice(chain, question, i, deadline_ns, answer_out, series_out);
    if (done) {
        answer_out->status = 0;
        answer_out->point_count = (uint32_t)series_out->count;
    } else {
        series_out->count = 0;
    }
    /* only an answer that was just kept makes it larger */
    if (done && question->cache_dir[0] != '\0' &&
        answer_out->steps[answer_out->step_count - 1].outcome == FETCH_USED)
        store_prune(question->cache_dir, STORE_MOST_BYTES);
}
