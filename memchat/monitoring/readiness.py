"""Whether this process should be given new work.

The server sets `draining` as soon as it is asked to stop, so that a load balancer that reads `/health/ready` sends new
requests elsewhere while the answers under way are finished.
"""

draining: bool = False
