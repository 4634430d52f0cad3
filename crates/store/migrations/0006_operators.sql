-- What an operator asks: the way of a job, and how institutions do.

-- What happened to a job, step by step; written with its transitions.
ALTER TABLE jobs ADD COLUMN timeline TEXT NOT NULL DEFAULT '';

-- An operator names members and jobs alone, without the user. Guids of jobs begin with their time, newest last.
CREATE INDEX members_of_guid ON members (guid);
CREATE INDEX jobs_of_guid ON jobs (guid);

-- The members of an institution. None of these columns ever changes: a job's transitions do not touch it.
CREATE INDEX members_institution ON members (institution, user_id, no);

-- What is still to be done to the members of an institution after a change of the catalogue: written with the
-- change, walked through in batches by any node, removed at the end. kind: 1 moved to another connector, 2 retired,
-- 3 asks for more credentials. after_user, after_no: the last member that was looked at.
CREATE TABLE institution_work (
    institution BLOB NOT NULL REFERENCES institutions (guid),
    kind INTEGER NOT NULL,
    after_user INTEGER NOT NULL,
    after_no INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (institution, kind)
) STRICT;
