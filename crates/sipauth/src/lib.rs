//! NTLM and SIP message signatures without I/O ([MS-SIPAE], [MS-NLMP]).
