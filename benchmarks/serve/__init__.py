"""The server under load: a good bundle alone, and then beside a hostile one, with a reload every second."""
