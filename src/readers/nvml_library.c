/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readers/nvml_library.c - NVML found, loaded and resolved, each function by the newest name there
 * is
 *
 * NVML API reference; dlopen(3). Drivers of all ages are met, so a missing name costs the one fact
 * it would have given. A bare libnvidia-ml.so is left alone: where no .so.1 stands beside it, it is
 * the CUDA toolkit's stub, which knows no GPU and prints a warning to stdout.
 */
#include "readers/nvml_library.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/text.h"

/* Every file that is linked dynamically has this section, and the library has one of its own; a program that is linked
 * statically has none. */
extern const char _DYNAMIC[] __attribute__((weak, visibility("hidden")));

/* By the loader's own path, then where WSL and NixOS keep it. Never the current directory. */
static const char *const system_paths[] = {
    "libnvidia-ml.so.1",
    "/usr/lib/wsl/lib/libnvidia-ml.so.1",
    "/run/opengl-driver/lib/libnvidia-ml.so.1",
};

/* Where distributions, WSL, NixOS and container hosts put it. */
static const char *const usual_files[] = {
    "/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1",
    "/usr/lib/aarch64-linux-gnu/libnvidia-ml.so.1",
    "/usr/lib64/libnvidia-ml.so.1",
    "/usr/lib/libnvidia-ml.so.1",
    "/usr/local/nvidia/lib64/libnvidia-ml.so.1",
    "/usr/lib/wsl/lib/libnvidia-ml.so.1",
    "/run/opengl-driver/lib/libnvidia-ml.so.1",
};

bool nvml_library_may_be_here(void)
{
    if (getenv("LD_LIBRARY_PATH") != NULL)
        return true;
    for (size_t i = 0; i < ARRAY_LENGTH(usual_files); i++) {
        if (access(usual_files[i], F_OK) == 0)
            return true;
    }
    return false;
}

struct symbol {
    size_t offset; /* of the function pointer in struct nvml_library */
    const char *names[2];
};

static const struct symbol symbols[] = {
    { offsetof(struct nvml_library, init), { "nvmlInit_v2", "nvmlInit" } },
    { offsetof(struct nvml_library, shutdown), { "nvmlShutdown" } },
    { offsetof(struct nvml_library, error_string), { "nvmlErrorString" } },
    { offsetof(struct nvml_library, driver_version), { "nvmlSystemGetDriverVersion" } },
    { offsetof(struct nvml_library, process_name), { "nvmlSystemGetProcessName" } },
    { offsetof(struct nvml_library, count), { "nvmlDeviceGetCount_v2", "nvmlDeviceGetCount" } },
    { offsetof(struct nvml_library, handle_by_index),
      { "nvmlDeviceGetHandleByIndex_v2", "nvmlDeviceGetHandleByIndex" } },
    { offsetof(struct nvml_library, handle_by_uuid), { "nvmlDeviceGetHandleByUUID" } },
    { offsetof(struct nvml_library, name), { "nvmlDeviceGetName" } },
    { offsetof(struct nvml_library, uuid), { "nvmlDeviceGetUUID" } },
    { offsetof(struct nvml_library, architecture), { "nvmlDeviceGetArchitecture" } },
    { offsetof(struct nvml_library, mig_mode), { "nvmlDeviceGetMigMode" } },
    { offsetof(struct nvml_library, pci), { "nvmlDeviceGetPciInfo_v3" } },
    { offsetof(struct nvml_library, virtualization), { "nvmlDeviceGetVirtualizationMode" } },
    { offsetof(struct nvml_library, field_values), { "nvmlDeviceGetFieldValues" } },
    { offsetof(struct nvml_library, ring_samples), { "nvmlDeviceGetSamples" } },
    { offsetof(struct nvml_library, mig_limit), { "nvmlDeviceGetMaxMigDeviceCount" } },
    { offsetof(struct nvml_library, mig_device), { "nvmlDeviceGetMigDeviceHandleByIndex" } },
    { offsetof(struct nvml_library, attributes),
      { "nvmlDeviceGetAttributes_v2", "nvmlDeviceGetAttributes" } },
    { offsetof(struct nvml_library, gpu_instance), { "nvmlDeviceGetGpuInstanceId" } },
    { offsetof(struct nvml_library, compute_instance), { "nvmlDeviceGetComputeInstanceId" } },
    { offsetof(struct nvml_library, energy), { "nvmlDeviceGetTotalEnergyConsumption" } },
    { offsetof(struct nvml_library, power), { "nvmlDeviceGetPowerUsage" } },
    { offsetof(struct nvml_library, enforced_limit), { "nvmlDeviceGetEnforcedPowerLimit" } },
    { offsetof(struct nvml_library, default_limit),
      { "nvmlDeviceGetPowerManagementDefaultLimit" } },
    { offsetof(struct nvml_library, utilization), { "nvmlDeviceGetUtilizationRates" } },
    { offsetof(struct nvml_library, memory), { "nvmlDeviceGetMemoryInfo" } },
    { offsetof(struct nvml_library, temperature), { "nvmlDeviceGetTemperature" } },
    { offsetof(struct nvml_library, memory_v2), { "nvmlDeviceGetMemoryInfo_v2" } },
    { offsetof(struct nvml_library, process_utilization), { "nvmlDeviceGetProcessUtilization" } },
};

/* The struct grew with _v2: which one is filled hangs on the name that was found. */
struct list_symbol {
    size_t offset;
    size_t size_offset;
    const char *names[3]; /* _v3, _v2: struct nvml_process; bare: struct nvml_process_v1 */
};

static const struct list_symbol list_symbols[] = {
    { offsetof(struct nvml_library, compute_processes),
      offsetof(struct nvml_library, compute_process_size),
      { "nvmlDeviceGetComputeRunningProcesses_v3", "nvmlDeviceGetComputeRunningProcesses_v2",
        "nvmlDeviceGetComputeRunningProcesses" } },
    { offsetof(struct nvml_library, graphics_processes),
      offsetof(struct nvml_library, graphics_process_size),
      { "nvmlDeviceGetGraphicsRunningProcesses_v3", "nvmlDeviceGetGraphicsRunningProcesses_v2",
        "nvmlDeviceGetGraphicsRunningProcesses" } },
    { offsetof(struct nvml_library, mps_processes),
      offsetof(struct nvml_library, mps_process_size),
      { "nvmlDeviceGetMPSComputeRunningProcesses_v3", "nvmlDeviceGetMPSComputeRunningProcesses_v2",
        "nvmlDeviceGetMPSComputeRunningProcesses" } },
};

static void resolve(struct nvml_library *library)
{
    for (size_t i = 0; i < ARRAY_LENGTH(symbols); i++) {
        void *address = NULL;

        for (size_t j = 0; j < 2 && address == NULL && symbols[i].names[j] != NULL; j++)
            address = dlsym(library->handle, symbols[i].names[j]);
        memcpy((char *)library + symbols[i].offset, &address, sizeof(address));
    }
    for (size_t i = 0; i < ARRAY_LENGTH(list_symbols); i++) {
        size_t size = sizeof(struct nvml_process);
        void *address = NULL;

        for (size_t j = 0; j < 3 && address == NULL; j++) {
            address = dlsym(library->handle, list_symbols[i].names[j]);
            if (j == 2)
                size = sizeof(struct nvml_process_v1);
        }
        memcpy((char *)library + list_symbols[i].offset, &address, sizeof(address));
        memcpy((char *)library + list_symbols[i].size_offset, &size, sizeof(size));
    }
}

static void name_the_file(struct nvml_library *library, const char *asked)
{
    void *address = NULL;
    Dl_info info;

    memcpy(&address, &library->init, sizeof(address));
    if (address == NULL || dladdr(address, &info) == 0 || info.dli_fname == NULL)
        info.dli_fname = asked;
    text_copy_clean(library->path, sizeof(library->path), info.dli_fname);
}

/* Why dlopen failed. Return: -ENOENT when the file itself is not there, else -ENOEXEC. */
static int explain_dlopen(const char *path, struct aico2_error *err)
{
    const char *text = dlerror();
    char clean[160];
    size_t length = strlen(path);

    text_copy_clean(clean, sizeof(clean), text != NULL ? text : "unknown reason");
    /* "PATH: cannot open shared object file: No such file or directory": PATH may be a library it
     * needs */
    if (strncmp(clean, path, length) == 0 && strncmp(clean + length, ": ", 2) == 0) {
        bool missing = strstr(clean + length, "No such file") != NULL;

        memmove(clean, clean + length + 2, strlen(clean + length + 2) + 1);
        return aico2_error_set(err, missing ? -ENOENT : -ENOEXEC, "cannot load '%s': %s", path,
                               clean);
    }
    return aico2_error_set(err, -ENOEXEC, "cannot load '%s': %s", path, clean);
}

static int open_one(const char *path, struct nvml_library *library_out, struct aico2_error *err)
{
    struct nvml_library library = { .handle = dlopen(path, RTLD_LAZY | RTLD_LOCAL) };

    if (library.handle == NULL)
        return explain_dlopen(path, err);

    resolve(&library);
    name_the_file(&library, path);
    if (library.init == NULL || library.count == NULL || library.handle_by_index == NULL) {
        (void)aico2_error_set(err, -ENOEXEC, "'%s' is not NVML: it lacks %s", library.path,
                              library.init == NULL    ? "nvmlInit"
                              : library.count == NULL ? "nvmlDeviceGetCount"
                                                      : "nvmlDeviceGetHandleByIndex");
        nvml_library_close(&library);
        return -ENOEXEC;
    }
    *library_out = library;
    return 0;
}

int nvml_library_open(const char *path, struct nvml_library *library_out, struct aico2_error *err)
{
    /* with a capability of its own (`setcap cap_perfmon`) whoever may start us must not have us run
     * what they like */
    if (path != NULL && getauxval(AT_SECURE) != 0)
        return aico2_error_set(err, -ENOEXEC,
                               "'%s' is not loaded: this program has more rights than its caller",
                               path);
    /* a static C library's dlopen wants files of the very version it was built with, and crashes with others */
    if (_DYNAMIC == NULL)
        return aico2_error_set(err, -ENOEXEC,
                               "'%s' is not loaded: this aico2 is linked statically, for any system; "
                               "the other one reads NVIDIA's GPUs",
                               path != NULL ? path : system_paths[0]);
    if (path != NULL)
        return open_one(path, library_out, err) < 0 ? -ENOEXEC : 0;

    for (size_t i = 0; i < ARRAY_LENGTH(system_paths); i++) {
        int r = open_one(system_paths[i], library_out, err);

        if (r != -ENOENT)
            return r;
    }
    return aico2_error_set(err, -ENOENT, "no '%s'", system_paths[0]);
}

void nvml_library_close(struct nvml_library *library)
{
    if (library->initialised && library->shutdown != NULL)
        (void)library->shutdown();
    if (library->handle != NULL)
        (void)dlclose(library->handle);
    *library = (struct nvml_library){ 0 };
}

const char *nvml_code_text(const struct nvml_library *library, int code)
{
    const char *text = library->error_string != NULL ? library->error_string(code) : NULL;

    return text != NULL ? text : "the library does not say what that means";
}
