-- An entry's number is the name of its message: milliseconds times 1048576, where it was times 1024. By way of what no
-- entry has, so that none stands in another's way.

UPDATE history SET number = -number;
UPDATE history SET number = -number * 1024;
