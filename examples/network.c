/* SPDX-License-Identifier: Apache-2.0 */
/* examples/network.c - forward, backward and update, in plain loops */
#include "network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "digits.h"

#define MOMENTUM 0.9F
/* Besides regularising, this keeps the velocities of dead units from decaying into subnormal
 * numbers, which would make the running time depend on the processor's slow path. */
#define WEIGHT_DECAY 1e-4F

static bool layer_create(struct layer *layer, size_t input_count, size_t output_count,
                         struct random_state *state)
{
    layer->input_count = input_count;
    layer->output_count = output_count;
    layer->parameter_count = (input_count + 1) * output_count;
    layer->parameters = calloc(layer->parameter_count, sizeof(float));
    layer->gradients = calloc(layer->parameter_count, sizeof(float));
    layer->velocities = calloc(layer->parameter_count, sizeof(float));
    layer->outputs = calloc(output_count, sizeof(float));
    layer->deltas = calloc(output_count, sizeof(float));
    if (layer->parameters == NULL || layer->gradients == NULL || layer->velocities == NULL ||
        layer->outputs == NULL || layer->deltas == NULL) {
        return false;
    }

    /* He initialisation keeps the signal's size steady through rectified layers. */
    float spread = sqrtf(2.0F / (float)input_count);

    for (size_t index = 0; index < input_count * output_count; index++) {
        layer->parameters[index] = spread * random_bell(state);
    }
    return true;
}

bool network_create(struct network *network, long seed)
{
    static const size_t widths[LAYER_COUNT + 1] = { IMAGE_PIXELS, 128, 64, CLASS_COUNT };
    struct random_state state = random_start(seed, STREAM_WEIGHTS);

    for (size_t index = 0; index < LAYER_COUNT; index++) {
        struct layer *layer = &network->layers[index];

        layer->rectified = index + 1 < LAYER_COUNT;
        if (!layer_create(layer, widths[index], widths[index + 1], &state)) {
            return false;
        }
    }
    return true;
}

void network_free(struct network *network)
{
    for (size_t index = 0; index < LAYER_COUNT; index++) {
        free(network->layers[index].parameters);
        free(network->layers[index].gradients);
        free(network->layers[index].velocities);
        free(network->layers[index].outputs);
        free(network->layers[index].deltas);
    }
}

/* No term is skipped when an input is zero: the work must not depend on the data. */
static void layer_forward(const struct layer *layer, const float *inputs)
{
    size_t output_count = layer->output_count;
    float *restrict outputs = layer->outputs;
    const float *restrict row = layer->parameters;

    memcpy(outputs, row + layer->input_count * output_count, output_count * sizeof(*outputs));
    for (size_t input = 0; input < layer->input_count; input++) {
        float scale = inputs[input];

        for (size_t output = 0; output < output_count; output++) {
            outputs[output] += scale * row[output];
        }
        row += output_count;
    }
    if (layer->rectified) {
        for (size_t output = 0; output < output_count; output++) {
            outputs[output] = fmaxf(outputs[output], 0.0F);
        }
    }
}

/* Adds this sample's part to the gradients. */
static void layer_backward(const struct layer *layer, const float *inputs)
{
    size_t output_count = layer->output_count;
    const float *restrict deltas = layer->deltas;
    float *restrict row = layer->gradients;

    for (size_t input = 0; input < layer->input_count; input++) {
        float scale = inputs[input];

        for (size_t output = 0; output < output_count; output++) {
            row[output] += scale * deltas[output];
        }
        row += output_count;
    }
    for (size_t output = 0; output < output_count; output++) {
        row[output] += deltas[output];
    }
}

/* Carries the error back to the layer below, whose outputs are this layer's inputs. */
static void layer_pass_error_down(const struct layer *layer, const struct layer *below)
{
    const float *row = layer->parameters;

    for (size_t input = 0; input < layer->input_count; input++) {
        float sum = 0.0F;

        for (size_t output = 0; output < layer->output_count; output++) {
            sum += row[output] * layer->deltas[output];
        }
        below->deltas[input] = below->outputs[input] > 0.0F ? sum : 0.0F;
        row += layer->output_count;
    }
}

const struct layer *network_forward(const struct network *network, const float *image)
{
    const float *inputs = image;

    for (size_t index = 0; index < LAYER_COUNT; index++) {
        layer_forward(&network->layers[index], inputs);
        inputs = network->layers[index].outputs;
    }
    return &network->layers[LAYER_COUNT - 1];
}

void network_backward(const struct network *network, const float *image)
{
    for (size_t index = LAYER_COUNT; index-- > 1;) {
        layer_backward(&network->layers[index], network->layers[index - 1].outputs);
        layer_pass_error_down(&network->layers[index], &network->layers[index - 1]);
    }
    layer_backward(&network->layers[0], image);
}

size_t best_class(const float *scores)
{
    size_t best = 0;

    for (size_t index = 1; index < CLASS_COUNT; index++) {
        if (scores[index] > scores[best]) {
            best = index;
        }
    }
    return best;
}

/* Softmax and cross-entropy together: sets the top layer's deltas and returns the loss. The best
 * score is taken off first so that expf() cannot overflow. */
float loss_and_deltas(const struct layer *top, size_t label)
{
    float best_score = top->outputs[best_class(top->outputs)];
    float sum = 0.0F;

    for (size_t index = 0; index < CLASS_COUNT; index++) {
        top->deltas[index] = expf(top->outputs[index] - best_score);
        sum += top->deltas[index];
    }
    for (size_t index = 0; index < CLASS_COUNT; index++) {
        top->deltas[index] /= sum;
    }
    top->deltas[label] -= 1.0F;
    return logf(sum) + best_score - top->outputs[label];
}

void network_update(const struct network *network, float learning_rate, size_t batch_samples)
{
    float gradient_scale = 1.0F / (float)batch_samples;

    for (size_t index = 0; index < LAYER_COUNT; index++) {
        const struct layer *layer = &network->layers[index];
        float *restrict parameters = layer->parameters;
        float *restrict gradients = layer->gradients;
        float *restrict velocities = layer->velocities;

        for (size_t at = 0; at < layer->parameter_count; at++) {
            float slope = gradients[at] * gradient_scale + WEIGHT_DECAY * parameters[at];

            velocities[at] = MOMENTUM * velocities[at] - learning_rate * slope;
            parameters[at] += velocities[at];
            gradients[at] = 0.0F;
        }
    }
}
