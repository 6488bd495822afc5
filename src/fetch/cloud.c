/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/cloud.c - the region a machine is in, of its cloud's metadata service */
#include "fetch/cloud.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

enum { REGION_SIZE = 48, TOKEN_MOST = 512 };

/* How a cloud is asked. Of an answer that holds more, the region alone is looked at. */
struct cloud {
    const char *name;
    const char *base; /* NULL: 169.254.169.254 */
    const char *path;
    const char *header;       /* NULL none */
    const char *token_path;   /* PUT first; NULL none */
    const char *token_ttl;    /* its header */
    const char *token_header; /* what the token is sent in */
    const char *key;          /* of a JSON answer, "a/b"; NULL: the answer is the region */
    bool cut_zone; /* "us-central1-a", "fsn1-dc14": behind the last slash, without its last part */
};

static const struct cloud clouds[] = {
    {
        .name = "aws",
        .path = "/latest/meta-data/placement/region",
        .token_path = "/latest/api/token",
        .token_ttl = "X-aws-ec2-metadata-token-ttl-seconds: 60",
        .token_header = "X-aws-ec2-metadata-token: ",
    },
    {
        .name = "gcp",
        .path = "/computeMetadata/v1/instance/zone",
        .header = "Metadata-Flavor: Google",
        .cut_zone = true,
    },
    {
        .name = "azure",
        .path = "/metadata/instance/compute/location?api-version=2021-02-01&format=text",
        .header = "Metadata: true",
    },
    {
        .name = "oci",
        .path = "/opc/v2/instance/",
        .header = "Authorization: Bearer Oracle",
        .key = "canonicalRegionName",
    },
    { .name = "hetzner", .path = "/hetzner/v1/metadata/availability-zone", .cut_zone = true },
    { .name = "digitalocean", .path = "/metadata/v1/region" },
    {
        .name = "scaleway",
        .base = "http://169.254.42.42",
        .path = "/conf?format=json",
        .key = "location/zone_id",
        .cut_zone = true,
    },
    { .name = "vultr", .path = "/v1.json", .key = "region/regioncode" },
    {
        .name = "linode",
        .path = "/v1/instance",
        .header = "Accept: application/json",
        .token_path = "/v1/token",
        .token_ttl = "Metadata-Token-Expiry-Seconds: 300",
        .token_header = "Metadata-Token: ",
        .key = "region",
    },
    { .name = "upcloud", .path = "/metadata/v1.json", .key = "region" },
    { .name = "exoscale", .path = "/1.0/meta-data/availability-zone" },
    {
        .name = "alibaba",
        .base = "http://100.100.100.200",
        .path = "/latest/meta-data/region-id",
    },
};

static const struct cloud *find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(clouds); i++) {
        if (strcmp(clouds[i].name, name) == 0)
            return &clouds[i];
    }
    return NULL;
}

/* --- answers --- */

/* Exactly one word of such letters, blanks around it aside. */
static bool take_word(const char *text, size_t length, char out[REGION_SIZE])
{
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        length--;
    while (length > 0 && isspace((unsigned char)*text)) {
        text++;
        length--;
    }
    if (length == 0 || length >= REGION_SIZE)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)text[i]) && text[i] != '-')
            return false;
        out[i] = text[i];
    }
    out[length] = '\0';
    return true;
}

static bool take_key(const char *body, size_t length, const char *key, char out[REGION_SIZE])
{
    json_t *root = json_loadb(body, length, 0, NULL);
    json_t *at = root;
    char name[REGION_SIZE];
    const char *text;
    bool found;

    for (size_t part = strcspn(key, "/"); at != NULL; part = strcspn(key, "/")) {
        (void)snprintf(name, sizeof(name), "%.*s", (int)part, key);
        at = json_object_get(at, name);
        if (key[part] == '\0')
            break;
        key += part + 1;
    }
    text = json_string_value(at);
    found = text != NULL && take_word(text, strlen(text), out);
    json_decref(root);
    return found;
}

/* "projects/7/zones/us-central1-a" */
static bool take_zone(const char *body, size_t length, char out[REGION_SIZE])
{
    const char *slash = memrchr(body, '/', length);
    size_t begin = slash == NULL ? 0 : (size_t)(slash - body) + 1;

    return take_word(body + begin, length - begin, out);
}

bool cloud_parse(const char *name, const char *body, size_t length, char region_out[48])
{
    const struct cloud *cloud = find(name);
    char region[REGION_SIZE];
    char *dash;

    if (cloud == NULL)
        return false;
    if (cloud->key != NULL ? !take_key(body, length, cloud->key, region)
        : cloud->cut_zone  ? !take_zone(body, length, region)
                           : !take_word(body, length, region))
        return false;
    dash = strrchr(region, '-');
    if (cloud->cut_zone && (dash == NULL || dash == region))
        return false;
    if (cloud->cut_zone)
        *dash = '\0';
    for (char *at = region; *at != '\0'; at++)
        *at = (char)tolower((unsigned char)*at);
    (void)snprintf(region_out, REGION_SIZE, "%s", region);
    return true;
}

/* --- asking --- */

struct asking {
    http_exchange_fn exchange;
    const char *base;
    int64_t deadline_mono_ns;
    struct fetch_step *step;
};

static int fail(const struct asking *asking, enum fetch_outcome outcome, const char *text)
{
    asking->step->outcome = outcome;
    text_copy_clean(asking->step->reason, sizeof(asking->step->reason), text);
    return -ENODATA;
}

static int get(const struct asking *asking, const char *method, const char *path,
               const char *const headers[2], struct http_answer *answer)
{
    const struct http_request request = {
        .method = method,
        .headers = headers,
        .header_count = (headers[0] != NULL ? 1u : 0u) + (headers[1] != NULL ? 1u : 0u),
        .reach = HTTP_METADATA,
        .deadline_mono_ns = asking->deadline_mono_ns,
    };
    struct http_request copy = request;
    struct aico2_error err = { 0 };
    char url[FETCH_URL_SIZE + 128];
    char text[64];
    int r;

    (void)snprintf(url, sizeof(url), "%s%s", asking->base, path);
    copy.url = url;
    r = asking->exchange(&copy, answer, &err);
    if (r == -ETIMEDOUT)
        return fail(asking, FETCH_TOO_LATE, err.message);
    if (r < 0)
        return fail(asking,
                    r == -EHOSTUNREACH || r == -ECONNRESET ? FETCH_UNREACHABLE : FETCH_BAD_ANSWER,
                    err.message);
    if (answer->status == 200)
        return 0;
    (void)snprintf(text, sizeof(text), "the metadata service answers %ld", answer->status);
    return fail(asking,
                answer->status == 401 || answer->status == 403 ? FETCH_DENIED : FETCH_BAD_ANSWER,
                text);
}

/* A token of visible characters, put behind the name of its header. */
static int get_token(const struct asking *asking, const struct cloud *cloud,
                     struct strbuf *header_out)
{
    AICO2_CLEANUP(http_answer_deinit) struct http_answer answer = { 0 };
    const char *const headers[2] = { cloud->token_ttl, NULL };
    int r = get(asking, "PUT", cloud->token_path, headers, &answer);
    const char *text = strbuf_text(&answer.body);
    size_t length = answer.body.length;

    if (r < 0)
        return r;
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        length--;
    for (size_t i = 0; i < length; i++) {
        if (!isgraph((unsigned char)text[i]))
            length = 0;
    }
    if (length == 0 || length > TOKEN_MOST)
        return fail(asking, FETCH_BAD_ANSWER, "what it gives is no token");
    strbuf_add(header_out, cloud->token_header);
    strbuf_add_bytes(header_out, text, length);
    return header_out->failed ? fail(asking, FETCH_BAD_ANSWER, "out of memory") : 0;
}

static int ask(const struct asking *asking, const struct cloud *cloud, char region_out[REGION_SIZE])
{
    AICO2_CLEANUP(http_answer_deinit) struct http_answer answer = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf token = { 0 };
    const char *headers[2] = { cloud->header, NULL };
    int r = 0;

    if (cloud->token_path != NULL)
        r = get_token(asking, cloud, &token);
    if (r == 0 && cloud->token_path != NULL)
        headers[headers[0] == NULL ? 0 : 1] = token.text;
    if (r == 0)
        r = get(asking, NULL, cloud->path, headers, &answer);
    if (token.text != NULL)
        explicit_bzero(token.text, token.capacity);
    if (r < 0)
        return r;
    if (!cloud_parse(cloud->name, strbuf_text(&answer.body), answer.body.length, region_out))
        return fail(asking, FETCH_BAD_ANSWER, "the metadata service names no region");
    return 0;
}

void cloud_run(http_exchange_fn exchange, const struct fetch_question *question,
               struct fetch_answer *answer_out)
{
    const struct cloud *cloud = find(question->place.cloud);
    const char *url = question->choice_count > 0 ? question->choices[0].url : "";
    struct asking asking = {
        .exchange = exchange,
        .deadline_mono_ns = clock_mono_ns() + question->deadline_ms * NSEC_PER_MSEC,
        .step = &answer_out->steps[0],
    };
    char region[REGION_SIZE];

    *answer_out = (struct fetch_answer){
        .magic = FETCH_MAGIC,
        .version = FETCH_VERSION,
        .status = -ENODATA,
        .step_count = 1,
    };
    text_copy_clean(asking.step->provider, sizeof(asking.step->provider), question->place.cloud);
    if (cloud == NULL) {
        (void)fail(&asking, FETCH_NOT_COVERED, "no cloud whose metadata are known");
        return;
    }
    asking.base = url[0] != '\0'        ? url
                  : cloud->base != NULL ? cloud->base
                                        : "http://169.254.169.254";
    if (ask(&asking, cloud, region) < 0)
        return;
    (void)snprintf(answer_out->cloud, sizeof(answer_out->cloud), "%.12s:%s", cloud->name, region);
    asking.step->outcome = FETCH_USED;
    answer_out->status = 0;
}
