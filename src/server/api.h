/* SPDX-License-Identifier: Apache-2.0 */
/* server/api.h - what is read out of the history and of the machine: made by the thread for what takes long */
#pragma once

#include "history/history.h"
#include "model/report.h"
#include "server/request.h"

/* Each fills request->made. settings: those of the start. */
typedef void api_work(struct request *request, const struct settings *settings);

api_work api_runs;            /* GET /api/v1/runs?stage=&limit=&cursor=&q=&details= */
api_work api_import;          /* POST /api/v1/runs?name=&stage= */
api_work api_runs_or_import;  /* by the method */
api_work api_run;             /* GET /api/v1/runs/{id}?place= */
api_work api_samples;         /* GET /api/v1/runs/{id}/samples?step= */
api_work api_compare;         /* GET /api/v1/compare?a=&b= */
api_work api_intensities;     /* GET /api/v1/intensity */
api_work api_intensity;       /* GET /api/v1/intensity/{place} */
api_work api_series;          /* GET /api/v1/intensity/{place}/series?hours=&ahead=&duration= */
api_work api_devices;         /* GET /api/v1/devices */
api_work api_doctor;          /* GET /api/v1/doctor */
api_work api_estimate;        /* POST /api/v1/estimate */
api_work api_carbonfootprint; /* POST /carbonfootprint */
api_work api_get_data;        /* POST and GET /responseai/getData */

int api_open_history(const struct settings *settings, struct history **history_out,
                     struct aico2_error *err);
/* Ids alone: "last" and names are for people at a command line. */
bool api_is_run_id(const char *text);

/**
 * api_read_report() - the report of a stored run, coarse while the run goes on, unless who asks may see finer figures
 * @place: where the electricity is taken to have come from; NULL: where it did
 * Return: 0; where something is wrong the answer is that, and -1
 */
int api_read_report(struct request *request, const struct settings *settings, const char *id,
                    const char *place, struct report *report_out);

/* The same of an open history, without an answer. Return: 0 or -errno. */
int api_load_report(const struct request *request, struct history *history,
                    const struct settings *settings, const char *id, const char *place,
                    struct report *report_out, struct aico2_error *err);
/* Whether who asks has the scope raw. */
bool request_sees_raw(const struct request *request);

/* The answer is this problem (RFC 9457). */
void made_problem(struct request *request, unsigned status, const char *format, ...)
    AICO2_PRINTF(3, 4);
/* What came of a function of the stages: 400 for a value that cannot be, 404 for what is not there; what is
 * wrong with us is 500, and told on stderr. */
void made_failure(struct request *request, const struct aico2_error *err);
/* A value of the query; NULL: it is not there. */
const char *request_argument(const struct request *request, const char *name);
/* Whether the body is said to be JSON, or nothing is said of it. */
bool request_has_json(const struct request *request);
/* What stands behind the path of a route that ends in "/". */
const char *request_rest(const struct request *request);
