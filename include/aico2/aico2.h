/* SPDX-License-Identifier: Apache-2.0 */
/* aico2/aico2.h - libaico2: energy and carbon of computing, with origin and band */
#ifndef AICO2_AICO2_H
#define AICO2_AICO2_H

/*
 * Functions that can fail return 0 or a negative errno and fill a `struct aico2_error` that the
 * caller owns. The library prints nothing, ends no process, keeps no global state and reads no
 * configuration file; of the environment AICO2_DB and AICO2_NVML say where the history and NVML are.
 * Any function may be called from any thread, as long as no other thread frees the object it works on.
 *
 * Strings are UTF-8. Units are part of each name. A figure that is unavailable is NaN, never 0.
 */

#include <aico2/band.h>
#include <aico2/error.h>
#include <aico2/estimate.h>
#include <aico2/export.h>
#include <aico2/gauges.h>
#include <aico2/intensity.h>
#include <aico2/report.h>
#include <aico2/sensord.h>
#include <aico2/session.h>
#include <aico2/window.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "0.1.0", of the library that runs, which may be newer than the header. */
AICO2_API const char *aico2_version(void);

#ifdef __cplusplus
}
#endif

#endif
