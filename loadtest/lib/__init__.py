"""What compare, soak and CI share: starting proxies, measuring processes, driving load. Python 3.9+, standard library only."""
