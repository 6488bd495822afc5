/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readers/nvml_roll.c - the roll call: each GPU is asked what it is, and one that hangs is passed
 * over
 *
 * A helper asks one GPU after the other, watched by the caller. When one does not answer, the helper
 * is left to it and another goes on with the next; it cleans up after itself should it ever come
 * back.
 */
#include "readers/nvml_roll.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/thread.h"

enum { HELPER_STACK_BYTES = 1024 * 1024, HELPERS_MAX = 17 };

/* A GPU that sleeps wakes in one. */
static const int64_t PATIENCE_NS = 2 * NSEC_PER_SEC;

struct roll;

struct helper {
    struct roll *roll;
    unsigned number;
};

/* All guarded by lock. */
struct roll {
    pthread_mutex_t lock;
    pthread_cond_t wake; /* to the caller */
    struct nvml_library library;
    const char *visible;
    struct nvml_answer *answers; /* the caller's in the end */
    unsigned count;
    unsigned at;      /* the GPU that is asked */
    int64_t since_ns; /* since when */
    struct helper helpers[HELPERS_MAX];
    unsigned started; /* of these */
    unsigned helper;  /* the number of the one that counts */
    unsigned users;   /* helpers that have not left, and the caller: the last one frees */
};

static void ask(const struct nvml_library *library, unsigned index, const char *visible,
                struct nvml_answer *answer_out)
{
    struct nvml_answer answer = { .gpu = { .index = index } };

    answer.code = library->handle_by_index(index, &answer.gpu.handle);
    if (answer.code == NVML_SUCCESS)
        nvml_gpu_describe(library, &answer.gpu, visible, &answer.device);
    *answer_out = answer;
}

/* Unlocks. */
static void leave(struct roll *roll)
{
    bool last = --roll->users == 0;

    (void)pthread_cond_broadcast(&roll->wake);
    (void)pthread_mutex_unlock(&roll->lock);
    if (!last)
        return;
    (void)pthread_cond_destroy(&roll->wake);
    (void)pthread_mutex_destroy(&roll->lock);
    free(roll);
}

static void *helper_main(void *payload)
{
    const struct helper *helper = payload;
    struct roll *roll = helper->roll;
    unsigned self = helper->number;

    (void)pthread_mutex_lock(&roll->lock);
    while (roll->helper == self && roll->at < roll->count) {
        unsigned at = roll->at;
        struct nvml_answer answer;

        roll->since_ns = clock_mono_ns();
        (void)pthread_mutex_unlock(&roll->lock);
        ask(&roll->library, at, roll->visible, &answer);
        (void)pthread_mutex_lock(&roll->lock);
        if (roll->helper != self) {
            nvml_gpu_deinit(&answer.gpu); /* too late */
            break;
        }
        roll->answers[at] = answer;
        roll->at++;
    }
    leave(roll);
    return NULL;
}

/* Lock held. Return: false when there is none to be had. */
static bool start_helper(struct roll *roll)
{
    struct helper *helper = &roll->helpers[roll->started];
    pthread_t thread;

    if (roll->started == HELPERS_MAX)
        return false;
    *helper = (struct helper){ .roll = roll, .number = ++roll->helper };
    if (thread_start(&thread, HELPER_STACK_BYTES, helper_main, helper) < 0)
        return false;
    (void)pthread_detach(thread);
    roll->started++;
    roll->users++;
    roll->since_ns = clock_mono_ns();
    return true;
}

/* Those that are left when no helper can be had do not answer either. Lock held. */
static bool watch(struct roll *roll)
{
    bool hung = false;

    while (roll->at < roll->count) {
        if (clock_mono_ns() - roll->since_ns < PATIENCE_NS) {
            (void)thread_wait_until(&roll->wake, &roll->lock, roll->since_ns + PATIENCE_NS);
            continue;
        }
        hung = true;
        roll->answers[roll->at++].hung = true;
        if (roll->at < roll->count && !start_helper(roll)) {
            while (roll->at < roll->count)
                roll->answers[roll->at++].hung = true;
        }
    }
    roll->helper++; /* whoever comes back now is too late */
    return hung;
}

int nvml_roll_call(const struct nvml_library *library, const char *visible, unsigned count,
                   struct nvml_answer **answers_out, bool *hung_out)
{
    struct nvml_answer *answers = calloc((size_t)count + 1, sizeof(*answers));
    struct roll *roll = calloc(1, sizeof(*roll));

    *hung_out = false;
    if (answers == NULL || roll == NULL) {
        free(answers);
        free(roll);
        return -ENOMEM;
    }
    *answers_out = answers;
    *roll = (struct roll){
        .library = *library, .visible = visible, .answers = answers, .count = count, .users = 1
    };
    (void)pthread_mutex_init(&roll->lock, NULL);
    thread_condition_init(&roll->wake);
    (void)pthread_mutex_lock(&roll->lock);
    if (count < 2 || !start_helper(roll)) { /* nobody else would have to wait */
        for (unsigned i = 0; i < count; i++)
            ask(library, i, visible, &answers[i]);
        roll->count = 0;
    }
    *hung_out = watch(roll);
    leave(roll);
    return 0;
}
