/* SPDX-License-Identifier: Apache-2.0 */
/* readers/ipmi.h - one request to a management controller, and its answer, by the kernel's device */
#pragma once

#include <stddef.h>

#include "readers/reader.h"

/* The longest answer there is (IPMI_MAX_MSG_LENGTH of the kernel). */
enum { IPMI_ANSWER_SIZE = 272, IPMI_PATH_SIZE = 16, IPMI_DEVICES_MAX = 8 };

/**
 * struct ipmi_io - the kernel's side of an IPMI device, injected
 * @open:    openat(): a descriptor or -errno
 * @command: ioctl(): 0 or -errno
 * @wait:    poll() for what can be received: its events, 0 when the time is over, or -errno
 * @pause:   lets time go by
 */
struct ipmi_io {
    int (*open)(void *payload, int dirfd, const char *path);
    int (*command)(void *payload, int fd, unsigned long request, void *argument);
    int (*wait)(void *payload, int fd, int timeout_ms);
    void (*pause)(void *payload, int milliseconds);
    void (*close)(void *payload, int fd);
    void *payload;
};

extern const struct ipmi_io ipmi_kernel;

/* An interface to a management controller, perhaps one of several. */
struct ipmi_device {
    const struct ipmi_io *io;
    const struct clock *clock;
    int fd;                    /* -1: not open */
    long msgid;                /* of the last request */
    char path[IPMI_PATH_SIZE]; /* below dev */
};

struct ipmi_request {
    unsigned char netfn;
    unsigned char command;
    const unsigned char *data;
    unsigned short length;
};

struct ipmi_answer {
    unsigned char data[IPMI_ANSWER_SIZE]; /* begins with the completion code */
    size_t length;
};

/**
 * ipmi_open() - the interface of a number by whichever of its three names is there
 * Below --sysroot a device or a link is not followed: it would be this machine's (-EXDEV).
 * Return: 0, -ENOENT or -errno
 */
int ipmi_open(const struct reader_env *env, int number, struct ipmi_device *device_out);
/* The same interface again. */
int ipmi_reopen(const struct reader_env *env, struct ipmi_device *device);
void ipmi_close(struct ipmi_device *device);

/* Whether any of the names is there: a few microseconds. */
bool ipmi_is_there(const struct reader_env *env);

/**
 * ipmi_ask() - send a request to the controller itself, wait for the answer to it
 * Events, commands of others and answers to what was asked before are thrown away.
 * Return: 0; -ETIMEDOUT; -EBADMSG for an answer that is empty or longer than any; -errno
 */
int ipmi_ask(struct ipmi_device *device, const struct ipmi_request *request, int timeout_ms,
             struct ipmi_answer *answer_out);

/* What a completion code means, in words. */
const char *ipmi_completion_text(unsigned code);
