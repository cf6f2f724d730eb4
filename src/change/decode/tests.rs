//! Every form, as it is found in the topics of those who write it.
