/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/discover.c - which series of the window a server has, of which hosts and devices */
#include "fetch/prometheus/discover.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/number.h"
#include "base/text.h"
#include "fetch/prometheus/promql.h"
#include "fetch/prometheus/reply.h"

enum { SERIES_PER_ASK = 200000 };

static const int64_t LOOK_BACK_NS = 300 * NSEC_PER_SEC;
static const int64_t FACTS_NS = 24 * 3600 * NSEC_PER_SEC; /* facts are the same all day */

/* Labels that may hold what the user calls a host by. */
static const char *const host_labels[] = { "instance",          "Hostname",
                                           "hostname",          "node_name",
                                           "nodename",          "node",
                                           "exported_instance", "kubernetes_node_name" };

/* {__name__=~"a|b|c"<more>}: the facts, and all families without matchers of their own. */
static void add_names(struct strbuf *form, bool with_families, const char *more)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf names = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf selector = { 0 };

    for (size_t i = 0; i < family_fact_count; i++)
        strbuf_printf(&names, "%s%s", i > 0 ? "|" : "", family_facts[i]);
    for (size_t i = 0; with_families && i < family_count; i++) {
        if (family_table[i].matchers == NULL)
            strbuf_printf(&names, "|%s", family_table[i].metric);
    }
    strbuf_printf(&selector, "{__name__=~\"%s\"%s}", strbuf_text(&names), more);
    form_add(form, "match[]", strbuf_text(&selector));
    form->failed = form->failed || names.failed || selector.failed;
}

static void add_known(struct strbuf *form, const char *more)
{
    add_names(form, true, more);
    for (size_t i = 0; i < family_count; i++) {
        char selector[1024];

        if (family_table[i].matchers == NULL)
            continue;
        if (snprintf(selector, sizeof(selector), "%s{%s%s}", family_table[i].metric,
                     family_table[i].matchers, more) >= (int)sizeof(selector))
            form->failed = true;
        form_add(form, "match[]", selector);
    }
}

/* ,label=~"word(:[0-9]+)?": of an instance or an address with any port. */
static void add_host_matcher(struct strbuf *more, const char *label, const char *word)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf pattern = { 0 };
    char address[128];

    host_address(word, address);
    strbuf_add(&pattern, "(?i)");
    promql_add_pattern(&pattern, address);
    strbuf_add(&pattern, "(\\.[^:]*)?(:[0-9]+)?");
    strbuf_printf(more, ",%s=~", label);
    promql_add_text(more, strbuf_text(&pattern));
    more->failed = more->failed || pattern.failed;
}

static void start_form(struct strbuf *form, const struct remote_question *question)
{
    form_add_time(form, "start",
                  question->from_wall_ns > LOOK_BACK_NS ? question->from_wall_ns - LOOK_BACK_NS
                                                        : 0);
    form_add_time(form, "end", question->to_wall_ns + LOOK_BACK_NS);
    form_add_as_stored(form);
}

static int take_labels(struct label_set *labels, void *payload)
{
    return survey_add(payload, labels);
}

static int ask_series(struct server *server, const struct strbuf *form, struct survey *survey)
{
    json_t *root = NULL;
    int r = server_ask(server, "series", form, &root);

    if (r == 0)
        r = reply_each_series(root, take_labels, survey);
    json_decref(root);
    if (r == -EBADMSG)
        return server_fail(server, REMOTE_BAD_ANSWER,
                           "'%s' lists its series in another way than Prometheus",
                           server->access.origin.host);
    if (r == -EFBIG && server->end.message[0] == '\0')
        return server_fail(
            server, REMOTE_BAD_ANSWER,
            "there are more than %d series of energy in this window: name one host with "
            "--instance, or ask for sums",
            SERIES_PER_ASK);
    if (r == -EFBIG)
        return server_fail(server, server->end.outcome,
                           "%.150s: name one host with --instance, or ask for sums",
                           server->end.message);
    return r;
}

static int ask_known(struct server *server, const struct remote_question *question,
                     const char *more, struct survey *survey)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf form = { 0 };

    start_form(&form, question);
    add_known(&form, more);
    return ask_series(server, &form, survey);
}

/* Of one host: by each label that may name it. */
static int ask_host(struct server *server, const struct remote_question *question, const char *word,
                    struct survey *survey)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf form = { 0 };

    start_form(&form, question);
    for (size_t i = 0; i < sizeof(host_labels) / sizeof(host_labels[0]); i++) {
        AICO2_CLEANUP(strbuf_deinit) struct strbuf more = { 0 };

        add_host_matcher(&more, host_labels[i], word);
        add_known(&form, strbuf_text(&more));
        form.failed = form.failed || more.failed;
    }
    return ask_series(server, &form, survey);
}

/* Exporters beside that one which found, by their common address, and others that say its name. */
static int ask_beside(struct server *server, const struct remote_question *question,
                      struct survey *survey)
{
    size_t count = survey->hosts.alias_count;
    int r = 0;

    for (size_t i = 0; r == 0 && i < count && i < 32; i++) {
        char address[128];
        char name[128];

        memcpy(address, survey->hosts.aliases[i].address, sizeof(address));
        memcpy(name,
               survey->hosts.aliases[i].uname[0] != '\0' ? survey->hosts.aliases[i].uname
                                                         : survey->hosts.aliases[i].hint,
               sizeof(name));
        if (address[0] != '\0' && !text_equal_nocase(address, question->instance))
            r = ask_host(server, question, address, survey);
        if (r == 0 && name[0] != '\0' && !text_equal_nocase(name, question->instance) &&
            !text_equal_nocase(name, address))
            r = ask_host(server, question, name, survey);
    }
    return r;
}

static int ask_matches(struct server *server, const struct remote_question *question,
                       struct survey *survey)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf form = { 0 };

    start_form(&form, question);
    for (uint32_t i = 0; i < question->match_count; i++)
        form_add(&form, "match[]", question->matches[i]);
    add_names(&form, false, "");
    survey->by_match = true;
    return ask_series(server, &form, survey);
}

struct valued {
    struct survey *survey;
    double *ranges;
};

/* The value of a fact at the end of the window. */
static int take_value(const struct reply_row *row, void *payload)
{
    struct survey *survey = payload;
    int64_t wall_ns;
    double value;

    if (reply_sample(json_array_get(row->values, 0), &wall_ns, &value) != SAMPLE_GOOD)
        return 0;
    for (size_t i = 0; i < survey->count; i++) {
        if (label_set_equal(&survey->series[i].labels, row->labels))
            survey->series[i].value = value;
    }
    return 0;
}

static int ask_at_end(struct server *server, const struct remote_question *question,
                      const char *query, reply_take_row take, void *payload)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf form = { 0 };
    json_t *root = NULL;
    int r;

    form_add(&form, "query", query);
    form_add_time(&form, "time", question->to_wall_ns);
    form_add_as_stored(&form);
    r = server_ask(server, "query", &form, &root);
    if (r == 0)
        r = reply_each_row(root, take, payload);
    json_decref(root);
    return r == -EBADMSG ? server_fail(server, REMOTE_BAD_ANSWER,
                                       "'%s' answers a query in another way than Prometheus",
                                       server->access.origin.host)
                         : r;
}

static int64_t facts_range_ns(const struct remote_question *question)
{
    int64_t range_ns = question->to_wall_ns - question->from_wall_ns + LOOK_BACK_NS;

    return range_ns < FACTS_NS ? range_ns : FACTS_NS;
}

static int ask_values(struct server *server, const struct remote_question *question,
                      struct survey *survey)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf query = { 0 };

    strbuf_add(&query,
               "last_over_time({__name__=~\"node_boot_time_seconds|node_memory_MemTotal_bytes|"
               "nvidia_smi_enforced_power_limit_watts|nvidia_smi_power_limit_watts|"
               "nvidia_smi_memory_total_bytes|DCGM_FI_DEV_POWER_MGMT_LIMIT|DCGM_FI_DEV_FB_TOTAL"
               "\"}[");
    promql_add_range(&query, facts_range_ns(question));
    strbuf_add(&query, "])");
    return query.failed ? -ENOMEM : ask_at_end(server, question, query.text, take_value, survey);
}

/* "6" of family="6"; 0: none. */
static int32_t number_of(const struct label_set *labels, const char *name)
{
    int64_t number;

    return number_parse_i64(label_of(labels, name), &number) && number >= 0 && number < 4096
               ? (int32_t)number
               : 0;
}

/* count by (instance, package ...): how many packages, and what they are. */
static int take_cpu(const struct reply_row *row, void *payload)
{
    struct survey *survey = payload;
    char address[128];

    host_address(label_of(row->labels, "instance"), address);
    for (size_t i = 0; i < survey->hosts.alias_count; i++) {
        const struct host_alias *alias = &survey->hosts.aliases[i];
        struct remote_host *host =
            alias->host < survey->hosts.count ? &survey->hosts.items[alias->host] : NULL;

        if (host == NULL || strcmp(alias->address, address) != 0)
            continue;
        text_copy_clean(host->cpu_model, sizeof(host->cpu_model),
                        label_of(row->labels, "model_name"));
        text_copy_clean(host->cpu_vendor, sizeof(host->cpu_vendor),
                        label_of(row->labels, "vendor"));
        host->cpu_family = number_of(row->labels, "family");
        host->cpu_number = number_of(row->labels, "model");
        host->sockets++;
        return 0;
    }
    return 0;
}

static int ask_cpus(struct server *server, const struct remote_question *question,
                    struct survey *survey)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf query = { 0 };

    strbuf_add(&query, "count by (instance, package, model_name, vendor, family, model) "
                       "(last_over_time(node_cpu_info[");
    promql_add_range(&query, facts_range_ns(question));
    strbuf_add(&query, "]))");
    return query.failed ? -ENOMEM : ask_at_end(server, question, query.text, take_cpu, survey);
}

/* Those of other hosts are not the user's. */
static void keep_called(struct survey *survey, const char *word)
{
    for (size_t i = 0; i < survey->count; i++) {
        struct seen_series *series = &survey->series[i];

        if (series->host != UINT32_MAX && !host_is_called(&survey->hosts, series->host, word))
            series->host = UINT32_MAX;
    }
}

int discover(struct server *server, const struct remote_question *question, struct survey *survey)
{
    int r;

    if (question->match_count > 0)
        r = ask_matches(server, question, survey);
    else if (question->instance[0] != '\0')
        r = ask_host(server, question, question->instance, survey);
    else
        r = ask_known(server, question, "", survey);
    if (r == 0 && question->match_count == 0 && question->instance[0] != '\0')
        r = ask_beside(server, question, survey);
    if (r == 0)
        r = survey_settle(survey);
    if (r < 0 || survey->count == 0)
        return r;
    if (question->instance[0] != '\0')
        keep_called(survey, question->instance);
    r = ask_values(server, question, survey);
    if (r == 0)
        r = ask_cpus(server, question, survey);
    if (r == -EFBIG)
        r = -EPROTO;
    if (r < 0)
        return r;
    facts_of_hosts(survey);
    r = candidates_make(survey);
    if (r == 0)
        r = discover_presence(server, question, survey);
    if (r == 0)
        candidates_choose(survey);
    return r;
}

static int take_range(const struct reply_row *row, void *payload)
{
    struct valued *valued = payload;
    int64_t wall_ns;
    double most;

    if (reply_sample(json_array_get(row->values, 0), &wall_ns, &most) != SAMPLE_GOOD)
        return 0;
    for (size_t i = 0; i < valued->survey->candidate_count; i++) {
        const struct candidate *candidate = &valued->survey->candidates[i];

        if (candidate->is_chosen && (candidate->family->flags & FAMILY_WRAPS) != 0 &&
            label_set_equal_but(&valued->survey->series[candidate->terms[0].series].labels,
                                row->labels, "__name__"))
            valued->ranges[i] = family_wrap_joules(most * candidate->family->scale);
    }
    return 0;
}

int discover_ranges(struct server *server, const struct remote_question *question,
                    const struct survey *survey, double *ranges)
{
    struct valued valued = { (struct survey *)survey, ranges };
    int r = 0;

    for (size_t k = 0; r == 0 && k < family_count; k++) {
        const struct family *family = &family_table[k];
        AICO2_CLEANUP(strbuf_deinit) struct strbuf query = { 0 };
        bool is_used = false;

        for (size_t i = 0; i < survey->candidate_count; i++)
            is_used = is_used ||
                      (survey->candidates[i].is_chosen && survey->candidates[i].family == family);
        if (!is_used || (family->flags & FAMILY_WRAPS) == 0)
            continue;
        strbuf_printf(&query, "max_over_time(%s{%s}[", family->metric, family->matchers);
        promql_add_range(&query, question->to_wall_ns - question->from_wall_ns + LOOK_BACK_NS);
        strbuf_add(&query, "])");
        r = query.failed ? -ENOMEM : ask_at_end(server, question, query.text, take_range, &valued);
    }
    return r == -EFBIG ? -EPROTO : r;
}
