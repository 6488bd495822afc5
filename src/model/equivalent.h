/* SPDX-License-Identifier: Apache-2.0 */
/* model/equivalent.h - grams as a number of something that a person can picture */
#pragma once

struct equivalent {
    double count; /* NAN: there is no such thing small enough */
    double gco2e_each;
    char key[32]; /* the row of data/equivalents.csv */
    char one[64]; /* "litre of petrol burned" */
    char many[64];
    char source[96];
};
