-- An entry is written before its deed and told once how that ended; nothing else of it ever changes.
CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD."after" IS NULL AND NEW."after" IS NOT NULL
    AND to_jsonb(NEW) - 'after' = to_jsonb(OLD) - 'after' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'audit_entries is append-only' USING ERRCODE = 'check_violation';
END $$;
