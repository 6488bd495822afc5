/* SPDX-License-Identifier: Apache-2.0 */
/* config/options.h - every option with its type, its value and where the value came from */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "config/command.h"

enum option_id {
    OPT_COUNTRY,
    OPT_REGION,
    OPT_CLOUD,
    OPT_ZONE,
    OPT_PROVIDER,
    OPT_PROVIDER_URL,
    OPT_FORECAST,
    OPT_PROVIDER_CA,
    OPT_EXPIRED_CACHE,
    OPT_FETCH_TIMEOUT,
    OPT_INTENSITY,
    OPT_INTENSITY_FILE,
    OPT_INTENSITY_TABLE,
    OPT_KIND,
    OPT_YEAR,
    OPT_MARKET_FACTOR,
    OPT_MARKET_SHARE,
    OPT_MARKET_RESIDUAL,
    OPT_SEARCH,
    OPT_GRADE,
    OPT_ALL_KINDS,
    OPT_PUE,
    OPT_WUE,
    OPT_NAME,
    OPT_STAGE,
    OPT_INTERVAL,
    OPT_SCOPE,
    OPT_IDLE,
    OPT_EMBODIED,
    OPT_LIFETIME_YEARS,
    OPT_SERVERS,
    OPT_PRICE,
    OPT_PRICE_FILE,
    OPT_CSV,
    OPT_SEED_CSV,
    OPT_SAMPLES,
    OPT_OUTPUT,
    OPT_DB,
    OPT_NO_DB,
    OPT_RESUME_RUN,
    OPT_UNIT,
    OPT_UNITS,
    OPT_EPOCHS,
    OPT_EPOCH_LOG,
    OPT_EPOCH_OUTPUT,
    OPT_EPOCH_REGEX,
    OPT_EPOCH_AT,
    OPT_VALIDATION_REGEX,
    OPT_VALIDATION_AT,
    OPT_BUDGET,
    OPT_ON_BUDGET,
    OPT_NVML,
    OPT_SYSROOT,
    OPT_TIMEOUT,
    OPT_STRICT,
    OPT_WAIT_ALL,
    OPT_QUIET,
    OPT_LIVE,
    OPT_CALIBRATION,
    OPT_IDLE_TIME,
    OPT_LOAD,
    OPT_LOAD_TIME,
    OPT_METER,
    OPT_START,
    OPT_END,
    OPT_BY,
    OPT_SOURCE,
    OPT_PROMETHEUS_URL,
    OPT_INSTANCE,
    OPT_MATCH,
    OPT_PROMETHEUS_USER,
    OPT_PROMETHEUS_PASSWORD_FILE,
    OPT_PROMETHEUS_TOKEN_FILE,
    OPT_PROMETHEUS_HEADER_FILE,
    OPT_PROMETHEUS_TENANT,
    OPT_PROMETHEUS_CA,
    OPT_PROMETHEUS_CERT,
    OPT_PROMETHEUS_KEY,
    OPT_PROMETHEUS_TIMEOUT,
    OPT_REMOTE_WRITE,
    OPT_REMOTE_WRITE_INTERVAL,
    OPT_REMOTE_WRITE_QUEUE,
    OPT_REMOTE_WRITE_USER,
    OPT_REMOTE_WRITE_PASSWORD_FILE,
    OPT_REMOTE_WRITE_TOKEN_FILE,
    OPT_REMOTE_WRITE_HEADER_FILE,
    OPT_REMOTE_WRITE_TENANT,
    OPT_REMOTE_WRITE_CA,
    OPT_REMOTE_WRITE_CERT,
    OPT_REMOTE_WRITE_KEY,
    OPT_FROM,
    OPT_UTC_OFFSET,
    OPT_HOST,
    OPT_DRY_RUN,
    OPT_AGAIN,
    OPT_GPU,
    OPT_CPU,
    OPT_COUNT,
    OPT_MEMORY_GIB,
    OPT_HOURS,
    OPT_GPU_HOURS,
    OPT_ENERGY_KWH,
    OPT_POWER,
    OPT_UTILIZATION,
    OPT_TABLE,
    OPT_CITE,
    OPT_SAVE,
    OPT_ALL,
    OPT_APPLY,
    OPT_LIMIT,
    OPT_CURSOR,
    OPT_DURATION,
    OPT_WITHIN,
    OPT_PLACE,
    OPT_STARTER,
    OPT_GREEN_WITHIN,
    OPT_PROMETHEUS,
    OPT_NODE_EXPORTER,
    OPT_NVIDIA_GPU_EXPORTER,
    OPT_DCGM_EXPORTER,
    OPT_SERVER,
    OPT_PORT,
    OPT_SCRAPE_INTERVAL,
    OPT_RULES,
    OPT_STATE_DIR,
    OPT_WAIT,
    OPT_LISTEN,
    OPT_ALLOW_HOST,
    OPT_INSECURE_BIND,
    OPT_WEB_CONFIG,
    OPT_TOKEN_FILE,
    OPT_GRANT,
    OPT_LOG,
    OPT_MAX_STREAMS,
    OPT_AGENT,
    OPT_SEED,
    OPT_IMPORT_DIR,
    OPT_TEXTFILE,
    OPT_ENDED_WITHIN,
    OPT_METRICS_NAMES,
    OPT_PLAIN,
    OPT_FORMAT,
    OPT_JSON,
    OPT_COLOR,
    OPT_COUNT_OF_OPTIONS,
};

enum option_type {
    OPTION_TEXT,
    OPTION_FLAG,   /* --x and --no-x; in files true/false */
    OPTION_NUMBER, /* double, within [minimum, maximum] */
    OPTION_INTEGER,
    OPTION_DURATION, /* nanoseconds */
    OPTION_TIME,     /* wall nanoseconds */
    OPTION_CHOICE,
};

enum option_origin {
    ORIGIN_DEFAULT,
    ORIGIN_SYSTEM_FILE,
    ORIGIN_USER_FILE,
    ORIGIN_LOCAL_FILE,
    ORIGIN_ENVIRONMENT,
    ORIGIN_COMMAND_LINE
};

/* A row of the one table that parsing, help, man pages, completions and `aico2 config` are made from. */
struct option_row {
    enum option_id id;
    const char *name; /* "intensity-file" */
    char letter;      /* 'o' for -o; 0 none */
    enum option_type type;
    const char *argument; /* "FILE"; NULL for a flag */
    const char *summary;
    const char *fallback;        /* default as text; NULL none */
    const char *fallback_of_run; /* the default of `run` where it is another one; NULL the same */
    const char *choices;         /* "job|machine"; NULL */
    double minimum;
    double maximum;
    uint32_t commands; /* COMMAND_* bits where it makes sense */
    bool local_file;   /* may stand in ./.aico2.yml */
    bool place;        /* one of those that together say where the machine is */
    bool may_be_empty; /* "" is a value too: an empty model name is `assumed`, not an error */
    bool repeats;      /* each one on the command line is one more value, none replaces another */
};
extern const struct option_row option_rows[OPT_COUNT_OF_OPTIONS];

struct option_value {
    char *text;     /* as given, on the heap; NULL: no value. Of a row that repeats the last one */
    char **earlier; /* what was given before it, in order */
    size_t earlier_count;
    enum option_origin origin;
    char where[160]; /* "AICO2_COUNTRY", "/etc/aico2/aico2.yml:3", "--country"; "" default */
    union {
        double number;
        int64_t
            integer; /* OPTION_INTEGER, _DURATION (ns), _TIME (wall ns), _CHOICE (index), _FLAG (0/1) */
    } as;
};

struct options {
    struct option_value values[OPT_COUNT_OF_OPTIONS];
};

/* The outside world of options_load(); a test hands in its own. */
struct options_env {
    const char *(*get)(void *payload, const char *name); /* getenv; NULL: not set */
    void *payload;
    int cwd_fd;             /* where .aico2.yml is looked for; AT_FDCWD */
    const char *system_dir; /* "/etc/aico2" */
};
extern const struct options_env options_env_system;

/* What a command line holds beside options; borrowed from argv. */
struct operands {
    char **words; /* for `run` a NULL-terminated tail of argv, fit for execvp */
    size_t count;
};

enum { OPTIONS_HELP_ASKED = 1, OPTIONS_VERSION_ASKED };

/**
 * options_load() - every option from the command line, the environment, the files and the defaults
 * @options_out:  options_deinit() when done, also after a failure
 * @argc, @argv:  argv[0] is the command's name; the operands are gathered after it, in order
 * @operands_out: number checked against the command's
 *
 * A place option (country, region, cloud, zone, intensity, intensity-file) of a source replaces all
 * those of the sources below it: `--country FR` is not at odds with a `region: US-CA` in a file. In the
 * same way --db and --no-db replace each other, and --json is --format json.
 *
 * Return: 0; OPTIONS_HELP_ASKED or OPTIONS_VERSION_ASKED when --help or --version was met (nothing else is
 * read then); -EINVAL a bad option, -EBADMSG a bad file, or another -errno.
 */
int options_load(struct options *options_out, int argc, char **argv, const struct command *command,
                 const struct options_env *env, struct operands *operands_out,
                 struct aico2_error *err);

void options_deinit(struct options *options);
/* Return: 0, or -ENOMEM with nothing in it. */
int options_copy(struct options *options_out, const struct options *options);
void options_unset(struct options *options, enum option_id id);
bool options_given(const struct options *options, enum option_id id); /* not from the default */
const char *options_text(const struct options *options, enum option_id id); /* NULL: no value */
/* How many values a row that repeats has, and each in the order given. */
size_t options_value_count(const struct options *options, enum option_id id);
const char *options_text_at(const struct options *options, enum option_id id, size_t index);
double options_number(const struct options *options, enum option_id id); /* NAN: no value */
int64_t options_integer(const struct options *options, enum option_id id);
bool options_flag(const struct options *options, enum option_id id);

enum option_origin options_origin(const struct options *options, enum option_id id);
/* "default", "system file", "user file", "local file", "environment", "command line" */
const char *option_origin_name(enum option_origin origin);
/* Copies the name of choice `index` of a row ("job"); false past the end. */
bool option_choice(const struct option_row *row, int64_t index, char *name_out, size_t size);
/* "1ms to 1h", "1 to 5"; "" when the type has no range. */
void option_range(const struct option_row *row, char *text_out, size_t size);
