"""The schema of draws and their results; a migration step of its own."""

# What is corrected or published later is appended, never written over.
DRAW_AMENDMENTS = """
    create table draw_corrections (
      draw_id text not null,
      task_no text not null,
      uscc text not null,
      department text not null,
      place integer not null,
      checked_on text not null,
      codes text not null,
      note text not null,
      file_sha256 text not null,
      imported_on text not null,
      reason text not null,
      by_person text not null,
      second text not null,
      primary key (draw_id, task_no, uscc, department, place),
      foreign key (draw_id, task_no, uscc, department)
        references draw_results(draw_id, task_no, uscc, department)
    ) strict, without rowid;
    create table draw_published (
      draw_id text not null,
      task_no text not null,
      uscc text not null,
      department text not null,
      codes text not null,
      published_on text not null,
      primary key (draw_id, task_no, uscc, department, codes),
      foreign key (draw_id, task_no, uscc, department)
        references draw_results(draw_id, task_no, uscc, department)
    ) strict, without rowid;
"""
# What a corrected result no longer asks for is withdrawn, and asked for again if it does once more.
DRAW_FOLLOW_UP_CHANGES = """
    create table draw_follow_up_changes (
      draw_id text not null,
      task_no text not null,
      uscc text not null,
      department text not null,
      kind text not null,
      place integer not null,
      state text not null check (state in ('withdrawn', 'reopened')),
      on_day text not null,
      due_on text not null,
      provisional integer not null,
      reason text not null,
      by_person text not null,
      second text not null,
      primary key (draw_id, task_no, uscc, department, kind, place),
      foreign key (draw_id, task_no, uscc, department, kind)
        references draw_follow_ups(draw_id, task_no, uscc, department, kind)
    ) strict, without rowid;
"""
DRAW_TABLES = """
    create table draws (
      draw_id text primary key,
      plan_no text not null,
      batch integer not null,
      year integer not null,
      hash_name text not null
    ) strict, without rowid;
    create table draw_events (
      draw_id text not null references draws(draw_id),
      place integer not null,
      kind text not null,
      on_day text not null,
      payload text not null,
      primary key (draw_id, place)
    ) strict, without rowid;
    create table draw_files (
      draw_id text not null references draws(draw_id),
      attempt integer not null,
      name text not null,
      sha256 text not null,
      primary key (draw_id, attempt, name)
    ) strict, without rowid;
    create table draw_targets (
      draw_id text not null references draws(draw_id),
      task_no text not null,
      uscc text not null,
      stratum text not null,
      reserve integer not null,
      rank integer not null,
      authority text not null,
      items text not null,
      drawn_on text not null,
      chance_num integer not null,
      chance_den integer not null,
      primary key (draw_id, task_no, uscc)
    ) strict, without rowid;
    create index draw_targets_by_day on draw_targets(drawn_on);
    create table draw_results (
      draw_id text not null,
      task_no text not null,
      uscc text not null,
      department text not null,
      seal text not null unique,
      checked_on text not null,
      codes text not null,
      officers text not null,
      note text not null,
      file_sha256 text not null,
      imported_on text not null,
      primary key (draw_id, task_no, uscc, department),
      foreign key (draw_id, task_no, uscc) references draw_targets(draw_id, task_no, uscc)
    ) strict, without rowid;
    create table draw_follow_ups (
      draw_id text not null,
      task_no text not null,
      uscc text not null,
      department text not null,
      kind text not null,
      due_on text not null,
      provisional integer not null,
      primary key (draw_id, task_no, uscc, department, kind),
      foreign key (draw_id, task_no, uscc, department)
        references draw_results(draw_id, task_no, uscc, department)
    ) strict, without rowid;
"""
