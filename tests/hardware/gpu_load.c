/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/hardware/gpu_load.c - processes that keep an NVIDIA GPU busy, through its driver alone
 *
 * CUDA driver API reference; PTX ISA. No toolkit is needed: the driver compiles the text below. CUDA
 * does not survive fork(), so that only children ever start it.
 */
#include "gpu_load.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BLOCKS = 2048, THREADS = 256, ROUNDS = 20000, NOT_POSSIBLE = 77 };

/* Four chains of multiply-adds a thread, and one store, so that nothing is left out as unused. */
static const char kernel_text[] = ".version 6.0\n"
                                  ".target sm_50\n"
                                  ".address_size 64\n"
                                  ".visible .entry spin(.param .u64 out, .param .u32 rounds)\n"
                                  "{\n"
                                  "  .reg .pred %p<2>;\n"
                                  "  .reg .f32 %f<8>;\n"
                                  "  .reg .u32 %r<4>;\n"
                                  "  .reg .u64 %rd<4>;\n"
                                  "  ld.param.u64 %rd1, [out];\n"
                                  "  ld.param.u32 %r1, [rounds];\n"
                                  "  mov.u32 %r2, %tid.x;\n"
                                  "  cvt.rn.f32.u32 %f1, %r2;\n"
                                  "  mov.f32 %f2, %f1;\n"
                                  "  mov.f32 %f3, %f1;\n"
                                  "  mov.f32 %f4, %f1;\n"
                                  "  mov.f32 %f5, 0f3F7FFF58;\n" /* 0.99999 */
                                  "  mov.f32 %f6, 0f3A83126F;\n" /* 0.001 */
                                  "again:\n"
                                  "  fma.rn.f32 %f1, %f1, %f5, %f6;\n"
                                  "  fma.rn.f32 %f2, %f2, %f5, %f6;\n"
                                  "  fma.rn.f32 %f3, %f3, %f5, %f6;\n"
                                  "  fma.rn.f32 %f4, %f4, %f5, %f6;\n"
                                  "  sub.u32 %r1, %r1, 1;\n"
                                  "  setp.ne.u32 %p1, %r1, 0;\n"
                                  "  @%p1 bra again;\n"
                                  "  add.f32 %f1, %f1, %f2;\n"
                                  "  add.f32 %f3, %f3, %f4;\n"
                                  "  add.f32 %f1, %f1, %f3;\n"
                                  "  cvta.to.global.u64 %rd2, %rd1;\n"
                                  "  mul.wide.u32 %rd3, %r2, 4;\n"
                                  "  add.u64 %rd2, %rd2, %rd3;\n"
                                  "  st.global.f32 [%rd2], %f1;\n"
                                  "  ret;\n"
                                  "}\n";

typedef void *handle;

struct cuda {
    int (*init)(unsigned flags);
    int (*device)(int *device_out, int index);
    int (*context)(handle *context_out, unsigned flags, int device);
    int (*load)(handle *module_out, const void *text);
    int (*function)(handle *function_out, handle module, const char *name);
    int (*allocate)(uint64_t *address_out, size_t size);
    int (*launch)(handle function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                  unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared_bytes,
                  handle stream, void **arguments, void **extra);
    int (*wait)(void);
};

static bool resolve(void *library, const char *name, void *function_out)
{
    void *address = dlsym(library, name);

    memcpy(function_out, &address, sizeof(address));
    return address != NULL;
}

static bool open_cuda(struct cuda *cuda)
{
    void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);

    return library != NULL && resolve(library, "cuInit", &cuda->init) &&
           resolve(library, "cuDeviceGet", &cuda->device) &&
           resolve(library, "cuCtxCreate_v2", &cuda->context) &&
           resolve(library, "cuModuleLoadData", &cuda->load) &&
           resolve(library, "cuModuleGetFunction", &cuda->function) &&
           resolve(library, "cuMemAlloc_v2", &cuda->allocate) &&
           resolve(library, "cuLaunchKernel", &cuda->launch) &&
           resolve(library, "cuCtxSynchronize", &cuda->wait);
}

static int64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Says on the pipe that it computes, then never returns. */
static void compute(int ready_fd, unsigned on_ms, unsigned off_ms)
{
    struct cuda cuda = { 0 };
    handle context = NULL;
    handle module = NULL;
    handle function = NULL;
    uint64_t buffer = 0;
    unsigned rounds = ROUNDS;
    void *arguments[] = { &buffer, &rounds };
    int64_t began_ms;
    int device = 0;
    bool told = false;

    if (!open_cuda(&cuda) || cuda.init(0) != 0 || cuda.device(&device, 0) != 0 ||
        cuda.context(&context, 0, device) != 0 || cuda.load(&module, kernel_text) != 0 ||
        cuda.function(&function, module, "spin") != 0 ||
        cuda.allocate(&buffer, THREADS * sizeof(float)) != 0)
        _exit(NOT_POSSIBLE);
    began_ms = now_ms();
    for (;;) {
        if (off_ms > 0 && (now_ms() - began_ms) % (on_ms + off_ms) >= on_ms) {
            (void)usleep(1000);
            continue;
        }
        if (cuda.launch(function, BLOCKS, 1, 1, THREADS, 1, 1, 0, NULL, arguments, NULL) != 0 ||
            cuda.wait() != 0)
            _exit(NOT_POSSIBLE);
        if (!told && write(ready_fd, "r", 1) != 1)
            _exit(NOT_POSSIBLE);
        told = true;
    }
}

pid_t gpu_load_start(unsigned on_ms, unsigned off_ms)
{
    int ready[2];
    char byte;
    ssize_t got;
    pid_t pid;

    if (pipe(ready) < 0)
        return -1;
    pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)alarm(300);
        (void)close(ready[0]);
        compute(ready[1], on_ms, off_ms);
    }
    (void)close(ready[1]);
    got = pid > 0 ? read(ready[0], &byte, 1) : 0;
    (void)close(ready[0]);
    if (got == 1)
        return pid;
    if (pid > 0)
        gpu_load_end(pid);
    return -1;
}

void gpu_load_end(pid_t pid)
{
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
}
