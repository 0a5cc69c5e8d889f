/* request_results: chapter 4's last steps: what four ways cost, and how old a position is by each.
 */
#ifndef STARLING_CLIENT_TOUR_CHAPTERS_REQUEST_RESULTS_H
#define STARLING_CLIENT_TOUR_CHAPTERS_REQUEST_RESULTS_H

#include "client/tour/step.h"

/* Tells the steps. False: this machine could not run them. */
bool request_results(struct tour *tour);

#endif
