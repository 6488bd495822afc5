/* SPDX-License-Identifier: Apache-2.0 */
/* session/recut.h - a stored run cut anew, so that its joules meet a series it was not recorded with */
#pragma once

#include "base/error.h"
#include "history/history.h"
#include "model/intensity.h"

/* What cannot be known of it any more: samples get thinner with age, and one that lies across a change of the
 * series has its energy on either side of it. In gCO2e/kWh of the mean over all energy; 0: nothing to tell. */
struct recut_doubt {
    double below;
    double above;
    double joules_ratio; /* share of the energy that is in such samples */
};

/**
 * recut_run() - the record's slices cut where `cuts` changes
 * A stored slice within which nothing changes stays as it is: whole hours are exact for ever. One that has
 * a change inside is divided as its samples are, or evenly in time where there are none; its pieces add up
 * to it.
 * @cuts:      where to cut
 * @intensity: the values, for the doubt; NULL: none
 * Return: 0, -ENOMEM, or the history's
 */
int recut_run(struct history *history, struct history_record *record,
              const struct intensity_series *cuts, const struct intensity_series *intensity,
              struct recut_doubt *doubt_out, struct aico2_error *err);
