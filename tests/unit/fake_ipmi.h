/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/fake_ipmi.h - the kernel's IPMI devices without a kernel or a controller */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "readers/ipmi.h"

enum { FAKE_IPMI_BMCS = 8, FAKE_IPMI_QUEUE = 64 };

struct fake_ipmi_message {
    int recv_type;
    long msgid;
    unsigned char netfn;
    unsigned char command;
    unsigned char data[300];
    unsigned short length;
};

/* A controller, and what goes wrong with it. */
struct fake_bmc {
    unsigned watts;
    bool inactive;
    bool hung;           /* takes what is sent, never answers */
    unsigned completion; /* instead of an answer; 0: none */
    int busy;            /* so many times 0xC0 first */
    bool no_dcmi;        /* 0xC1 to everything */
    bool no_capability;  /* DCMI without power */
    int length;          /* of the answer, if not its own; 0 */
    unsigned char group; /* of the answer, if not 0xDC */
    int events;          /* of the event queue, before each answer */
    bool mimic;          /* a command from elsewhere that looks like the answer comes first */
    bool late;           /* the answer comes with the next question's */
    int open_error;      /* -errno of open() */
    int send_error;      /* of the ioctl that sends */
    int receive_error;   /* of the ioctl that receives */
    int interrupts;      /* EINTR so many times */
    int poll_events;     /* instead of POLLIN */
    int false_alarms;    /* POLLIN with nothing there, so many times */

    int opened; /* open descriptors */
    int sent;   /* requests for power */
    struct fake_ipmi_message queue[FAKE_IPMI_QUEUE];
    size_t queued;
    struct fake_ipmi_message held; /* of a late answer */
    bool holding;
};

struct fake_ipmi {
    struct ipmi_io io;
    struct fake_bmc bmcs[FAKE_IPMI_BMCS];
    int64_t *now_ns;  /* moved by waits that end with nothing, and by pauses; may be NULL */
    int foreign_open; /* opened by a path that is none of the three names */
    bool malformed;   /* a request that the kernel would refuse, or of the wrong size */
};

void fake_ipmi_init(struct fake_ipmi *fake, int64_t *now_ns);
