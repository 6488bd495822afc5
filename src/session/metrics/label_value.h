/* SPDX-License-Identifier: Apache-2.0 */
/* session/metrics/label_value.h - the value of a label as the text form of metrics writes it, read again */
#pragma once

/**
 * label_value_next() - the next character of a value, from behind its opening quote on
 * @at: moved behind the character, or behind the closing quote
 * Return: the character; 0: the value is over; -1: a line that ends within it, or an escape that is none
 */
int label_value_next(const char **at);
