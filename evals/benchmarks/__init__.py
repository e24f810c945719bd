"""Speed measured beside what others use, each as a ratio in one run on one machine."""
