/* SPDX-License-Identifier: Apache-2.0 */
/* model/provider_names.h - the providers of live intensities by name, without their protocols */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* What aico2 itself has to know of a provider; the rest is its fetcher's (fetch/provider.h). */
struct provider_name {
    const char *name;    /* value of --provider */
    const char *title;   /* "Electricity Maps" */
    const char *country; /* whose grid it serves without a key: "FR"; "" none */
    bool keyed;          /* asks for a token, or a user and a password */
    bool marginal;       /* speaks of the next plant to start: never for a total */
    bool self_hosted;    /* has no address of its own */
};

extern const struct provider_name provider_names[];
extern const size_t provider_name_count;

/* Index of a name, letter for letter; -1: there is none. */
int provider_name_find(const char *name);
/* "gb, fr ..., auto": all that --provider takes, for messages. */
void provider_name_list(char *text_out, size_t size);

enum { PROVIDER_VARIABLE_SIZE = 64 };
/* "AICO2_ELECTRICITYMAPS_TOKEN": the environment's variable with its secret. */
void provider_secret_variable(const char *name, char variable_out[PROVIDER_VARIABLE_SIZE]);
/* Whether "NAME=value" of an environment is one of these. */
bool provider_is_secret(const char *entry);
