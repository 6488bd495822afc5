/* SPDX-License-Identifier: Apache-2.0 */
/* aico2/band.h - a figure with how far off it may be */
#ifndef AICO2_BAND_H
#define AICO2_BAND_H

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct aico2_band - a figure and the interval that holds the true value in at least 95 % of cases
 *
 * low <= value <= high, in the unit that the function's name ends in. Unavailable is never 0: all
 * three are NaN then. low == high: a figure without a band, such as an intensity that the caller
 * gave.
 */
struct aico2_band {
    double value;
    double low;
    double high;
};

#ifdef __cplusplus
}
#endif

#endif
