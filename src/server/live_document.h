/* SPDX-License-Identifier: Apache-2.0 */
/* server/live_document.h - the live figures as one document, made while it is sent */
#pragma once

#include "server/live_ring.h"
#include "server/request.h"

/* All from this place on that is told already. */
enum MHD_Result live_document_answer(struct request *request, struct live_ring *ring,
                                     uint64_t position);
