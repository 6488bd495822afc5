/* SPDX-License-Identifier: Apache-2.0 */
/* examples/network.h - a multi-layer perceptron that learns by back-propagation */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define LAYER_COUNT 3

/* The last row of the parameters holds the biases, so one loop updates everything. */
struct layer {
    size_t input_count;
    size_t output_count;
    size_t parameter_count;
    bool rectified;
    float *parameters;
    float *gradients;
    float *velocities;
    float *outputs;
    float *deltas;
};

struct network {
    struct layer layers[LAYER_COUNT];
};

/* Returns false when memory is short; network_free() is called either way. */
bool network_create(struct network *network, long seed);
void network_free(struct network *network);

/* Returns the layer whose outputs are the scores of the classes. */
const struct layer *network_forward(const struct network *network, const float *image);
/* After network_forward() and loss_and_deltas(): adds this sample's part to the gradients. */
void network_backward(const struct network *network, const float *image);
/* Applies the gradients of a batch and clears them. */
void network_update(const struct network *network, float learning_rate, size_t batch_samples);

size_t best_class(const float *scores);
/* Sets the top layer's deltas for the right class and returns the loss. */
float loss_and_deltas(const struct layer *top, size_t label);
