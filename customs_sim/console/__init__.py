"""The customs desk in the browser: pages over the same desk, counter and cashier that the control
API calls."""
