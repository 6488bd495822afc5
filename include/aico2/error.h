/* SPDX-License-Identifier: Apache-2.0 */
/* aico2/error.h - what every function that touches the world fills when it fails */
#ifndef AICO2_ERROR_H
#define AICO2_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct aico2_error - a failure, on the caller's stack
 * @code:    negative errno, the same value the function returned; 0 when nothing failed
 * @message: lower case, no full stop, no newline; truncated, never overrun
 *
 * No allocation is needed to report one, so ENOMEM can be reported too. Every function that takes a
 * `struct aico2_error *` accepts NULL.
 */
struct aico2_error {
    int code;
    char message[256];
};

#ifdef __cplusplus
}
#endif

#endif
