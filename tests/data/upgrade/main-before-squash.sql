-- A database of the version before the migrations were squashed (twenty-one of logs), with rows in most tables.
-- Written by: pg_dump --no-owner --no-privileges --no-comments --column-inserts, without its comments and session settings.

CREATE FUNCTION public.logs_audience_told() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_notify('botbot_lines', OLD.id || ' 0');
    RETURN NULL;
END $$;

CREATE FUNCTION public.logs_count_gone() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE logs_daycount AS kept
        SET lines = kept.lines - gone.lines, said = kept.said - gone.said, revision = kept.revision + 1
        FROM (
            SELECT channel_id, (at AT TIME ZONE 'UTC')::date AS day, count(*) AS lines,
                count(*) FILTER (WHERE kind IN (1, 2, 3)) AS said
            FROM changed GROUP BY 1, 2
        ) AS gone WHERE kept.channel_id = gone.channel_id AND kept.day = gone.day;
    UPDATE logs_hourcount AS kept SET said = kept.said - gone.said
        FROM (
            SELECT channel_id, extract(year FROM at AT TIME ZONE 'UTC') AS year, logs_hour_of_week(at) AS hour,
                count(*) AS said
            FROM changed WHERE kind IN (1, 2, 3) GROUP BY 1, 2, 3
        ) AS gone WHERE kept.channel_id = gone.channel_id AND kept.year = gone.year AND kept.hour = gone.hour;
    UPDATE logs_nickcount AS kept SET said = kept.said - gone.said
        FROM (
            SELECT channel_id, counted.year, nick, sum(said) AS said
            FROM (
                SELECT channel_id, extract(year FROM at AT TIME ZONE 'UTC')::smallint AS year, left(nick, 400) AS nick, count(*) AS said
                FROM changed WHERE kind IN (1, 2, 3) GROUP BY 1, 2, 3
            ) AS by_year CROSS JOIN LATERAL (VALUES (by_year.year), (0::smallint)) AS counted(year)
            GROUP BY 1, 2, 3
        ) AS gone WHERE kept.channel_id = gone.channel_id AND kept.year = gone.year AND kept.nick = gone.nick;
    DELETE FROM logs_nickcount USING (SELECT DISTINCT channel_id, left(nick, 400) AS nick FROM changed) AS gone
        WHERE logs_nickcount.channel_id = gone.channel_id AND logs_nickcount.nick = gone.nick
        AND logs_nickcount.year IN (SELECT 0 UNION SELECT extract(year FROM at AT TIME ZONE 'UTC') FROM changed)
        AND said = 0;
    RETURN NULL;
END $$;

CREATE FUNCTION public.logs_count_new() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO logs_daycount AS kept (channel_id, day, lines, said, revision)
        SELECT channel_id, (at AT TIME ZONE 'UTC')::date, count(*), count(*) FILTER (WHERE kind IN (1, 2, 3)), 1
        FROM changed GROUP BY 1, 2 ORDER BY 1, 2
        ON CONFLICT (channel_id, day) DO UPDATE SET
            lines = kept.lines + excluded.lines, said = kept.said + excluded.said, revision = kept.revision + 1;
    INSERT INTO logs_hourcount AS kept (channel_id, year, hour, said)
        SELECT channel_id, extract(year FROM at AT TIME ZONE 'UTC'), logs_hour_of_week(at), count(*)
        FROM changed WHERE kind IN (1, 2, 3) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        ON CONFLICT (channel_id, year, hour) DO UPDATE SET said = kept.said + excluded.said;
    INSERT INTO logs_nickcount AS kept (channel_id, year, nick, said)
        SELECT channel_id, counted.year, nick, sum(said)
        FROM (
            SELECT channel_id, extract(year FROM at AT TIME ZONE 'UTC')::smallint AS year, left(nick, 400) AS nick, count(*) AS said
            FROM changed WHERE kind IN (1, 2, 3) GROUP BY 1, 2, 3
        ) AS by_year CROSS JOIN LATERAL (VALUES (by_year.year), (0::smallint)) AS counted(year)
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        ON CONFLICT (channel_id, year, nick) DO UPDATE SET said = kept.said + excluded.said;
    RETURN NULL;
END $$;

CREATE FUNCTION public.logs_day_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.changed_at = clock_timestamp();
    RETURN NEW;
END $$;

CREATE FUNCTION public.logs_hour_of_week(at timestamp with time zone) RETURNS smallint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (((EXTRACT(isodow FROM (at AT TIME ZONE 'UTC'::text)) - (1)::numeric) * (24)::numeric) + EXTRACT(hour FROM (at AT TIME ZONE 'UTC'::text)));

CREATE FUNCTION public.logs_nick(nick text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN translate(lower(nick), '[]\~'::text, '{}|^'::text);

CREATE FUNCTION public.logs_nick_key(nick text) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (((('x'::text || "left"(md5(public.logs_nick(nick)), 8)))::bit(32))::integer | '-2147483648'::integer);

CREATE FUNCTION public.logs_keys(channel integer, at timestamp with time zone, nick text, kind smallint, text text) RETURNS integer[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ARRAY[channel, ((1 << 28) | ((((date_part('year'::text, (at AT TIME ZONE 'UTC'::text)))::integer * 12) + (date_part('month'::text, (at AT TIME ZONE 'UTC'::text)))::integer) - 1)), ((2 << 28) | (((at AT TIME ZONE 'UTC'::text))::date - '1970-01-01'::date)), ((3 << 28) | (kind)::integer), CASE WHEN ((kind = ANY (ARRAY[1, 2, 3, 10])) AND ((text ~~ '%://%'::text) OR (text ~~* '%www.%'::text))) THEN ((3 << 28) | 1000) ELSE channel END, public.logs_nick_key(nick), ((4 << 28) | (date_part('year'::text, (at AT TIME ZONE 'UTC'::text)))::integer)];

CREATE FUNCTION public.logs_words(text text, kind smallint) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (kind = ANY (ARRAY[1, 2, 3, 10])) THEN regexp_replace(CASE WHEN (text ~ '[\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f]'::text) THEN regexp_replace(text, '\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?|\x04(?:[0-9a-fA-F]{6}(?:,[0-9a-fA-F]{6})?)?|[\x02\x0f\x11\x16\x1d\x1e\x1f]'::text, ''::text, 'g'::text) ELSE text END, '[\x01-\x1f\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\xa9\xab-\xb1\xb4\xb6-\xb8\xbb\xbf\xd7\xf7\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030\ue000-\uf8ff\ufe00-\ufe6f\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\ufff0-\uffff\U0001f000-\U0001fbff]'::text, ' '::text, 'g'::text) ELSE ''::text END;

CREATE TABLE public.auth_group (
    id integer NOT NULL,
    name character varying(150) NOT NULL
);

ALTER TABLE public.auth_group ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.auth_group_permissions (
    id integer NOT NULL,
    group_id integer NOT NULL,
    permission_id integer NOT NULL
);

ALTER TABLE public.auth_group_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_permissions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.auth_permission (
    id integer NOT NULL,
    name character varying(255) NOT NULL,
    content_type_id integer NOT NULL,
    codename character varying(100) NOT NULL
);

ALTER TABLE public.auth_permission ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_permission_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.auth_user (
    id integer NOT NULL,
    password character varying(128) NOT NULL,
    last_login timestamp with time zone,
    is_superuser boolean NOT NULL,
    username character varying(150) NOT NULL,
    first_name character varying(150) NOT NULL,
    last_name character varying(150) NOT NULL,
    email character varying(254) NOT NULL,
    is_staff boolean NOT NULL,
    is_active boolean NOT NULL,
    date_joined timestamp with time zone NOT NULL
);

CREATE TABLE public.auth_user_groups (
    id integer NOT NULL,
    user_id integer NOT NULL,
    group_id integer NOT NULL
);

ALTER TABLE public.auth_user_groups ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_user_groups_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE public.auth_user ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_user_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.auth_user_user_permissions (
    id integer NOT NULL,
    user_id integer NOT NULL,
    permission_id integer NOT NULL
);

ALTER TABLE public.auth_user_user_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_user_user_permissions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.axes_accessattempt (
    id integer NOT NULL,
    user_agent character varying(255) NOT NULL,
    ip_address inet,
    username character varying(255),
    http_accept character varying(1025) NOT NULL,
    path_info character varying(255) NOT NULL,
    attempt_time timestamp with time zone NOT NULL,
    get_data text NOT NULL,
    post_data text NOT NULL,
    failures_since_start integer NOT NULL,
    CONSTRAINT axes_accessattempt_failures_since_start_check CHECK ((failures_since_start >= 0))
);

ALTER TABLE public.axes_accessattempt ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.axes_accessattempt_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.axes_accessattemptexpiration (
    access_attempt_id integer NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

CREATE TABLE public.axes_accessfailurelog (
    id integer NOT NULL,
    user_agent character varying(255) NOT NULL,
    ip_address inet,
    username character varying(255),
    http_accept character varying(1025) NOT NULL,
    path_info character varying(255) NOT NULL,
    attempt_time timestamp with time zone NOT NULL,
    locked_out boolean NOT NULL
);

ALTER TABLE public.axes_accessfailurelog ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.axes_accessfailurelog_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.axes_accesslog (
    id integer NOT NULL,
    user_agent character varying(255) NOT NULL,
    ip_address inet,
    username character varying(255),
    http_accept character varying(1025) NOT NULL,
    path_info character varying(255) NOT NULL,
    attempt_time timestamp with time zone NOT NULL,
    logout_time timestamp with time zone,
    session_hash character varying(64) NOT NULL
);

ALTER TABLE public.axes_accesslog ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.axes_accesslog_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.django_admin_log (
    id integer NOT NULL,
    action_time timestamp with time zone NOT NULL,
    object_id text,
    object_repr character varying(200) NOT NULL,
    action_flag smallint NOT NULL,
    change_message text NOT NULL,
    content_type_id integer,
    user_id integer NOT NULL,
    CONSTRAINT django_admin_log_action_flag_check CHECK ((action_flag >= 0))
);

ALTER TABLE public.django_admin_log ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_admin_log_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.django_content_type (
    id integer NOT NULL,
    app_label character varying(100) NOT NULL,
    model character varying(100) NOT NULL
);

ALTER TABLE public.django_content_type ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_content_type_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.django_migrations (
    id integer NOT NULL,
    app character varying(255) NOT NULL,
    name character varying(255) NOT NULL,
    applied timestamp with time zone NOT NULL
);

ALTER TABLE public.django_migrations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_migrations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.django_session (
    session_key character varying(40) NOT NULL,
    session_data text NOT NULL,
    expire_date timestamp with time zone NOT NULL
);

CREATE TABLE public.logs_act (
    id integer NOT NULL,
    at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    by character varying(250) NOT NULL,
    what character varying(500) NOT NULL,
    channel_id integer,
    removed integer,
    CONSTRAINT logs_act_removed_check CHECK ((removed >= 0))
);

ALTER TABLE public.logs_act ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_act_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_apitoken (
    id integer NOT NULL,
    name character varying(100) NOT NULL,
    digest character varying(64) NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    last_used_at timestamp with time zone,
    channel_id integer NOT NULL,
    identity_id integer,
    user_id integer
);

ALTER TABLE public.logs_apitoken ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_apitoken_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_botstatus (
    id integer NOT NULL,
    state character varying(20) NOT NULL,
    detail text NOT NULL,
    since timestamp with time zone NOT NULL,
    last_line_at timestamp with time zone,
    journal_depth bigint NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    channel_id integer,
    network_id integer NOT NULL
);

ALTER TABLE public.logs_botstatus ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_botstatus_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_channel (
    id integer NOT NULL,
    name character varying(200) NOT NULL,
    folded character varying(200) NOT NULL,
    key character varying(100) NOT NULL,
    wanted boolean NOT NULL,
    visibility character varying(10) NOT NULL,
    topic text NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    network_id integer NOT NULL,
    access integer NOT NULL,
    ai boolean NOT NULL,
    answers character varying(10) NOT NULL,
    hidden boolean NOT NULL,
    notice character varying(10) NOT NULL,
    delay integer NOT NULL,
    holds_spam boolean NOT NULL,
    indexed boolean NOT NULL,
    keeps_joins boolean NOT NULL,
    link_key character varying(40) NOT NULL,
    off_record character varying(100) NOT NULL,
    opted_out character varying(11) NOT NULL,
    paused boolean NOT NULL,
    retention integer,
    stopped character varying(300) NOT NULL,
    audience character varying(30) GENERATED ALWAYS AS (
CASE
    WHEN (hidden OR (((notice)::text = 'missing'::text) AND (NOT ((visibility)::text = 'members'::text)))) THEN (COALESCE('owners:'::text, ''::text) || (COALESCE((access)::character varying, ''::character varying))::text)
    WHEN ((visibility)::text = 'public'::text) THEN (visibility)::text
    ELSE ((COALESCE(visibility, ''::character varying))::text || COALESCE((COALESCE(':'::text, ''::text) || (COALESCE((access)::character varying, ''::character varying))::text), ''::text))
END) STORED,
    bridges character varying(300) NOT NULL,
    stemming boolean NOT NULL,
    entry_notice boolean NOT NULL,
    CONSTRAINT logs_channel_delay_check CHECK ((delay >= 0)),
    CONSTRAINT logs_channel_retention_check CHECK ((retention >= 0))
);

ALTER TABLE public.logs_channel ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_channel_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_code (
    id integer NOT NULL,
    channel character varying(200) NOT NULL,
    selector character varying(10) NOT NULL,
    digest character varying(64) NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    wrong smallint NOT NULL,
    used_at timestamp with time zone,
    network_id integer NOT NULL,
    identity_id integer,
    CONSTRAINT logs_code_wrong_check CHECK ((wrong >= 0))
);

ALTER TABLE public.logs_code ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_code_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_daycount (
    channel_id integer NOT NULL,
    day date NOT NULL,
    lines integer NOT NULL,
    said integer NOT NULL,
    revision integer NOT NULL,
    changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL
)
WITH (fillfactor='70');

CREATE TABLE public.logs_fill (
    id integer NOT NULL,
    first integer NOT NULL,
    last integer NOT NULL,
    name character varying(200) NOT NULL,
    channel_id integer NOT NULL
);

ALTER TABLE public.logs_fill ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_fill_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_forgotten (
    id integer NOT NULL,
    until timestamp with time zone NOT NULL,
    account character varying(200) NOT NULL,
    nick character varying(200) NOT NULL,
    msgid character varying(500) NOT NULL,
    digest character varying(64) NOT NULL,
    channel_id integer,
    network_id integer NOT NULL,
    renamed boolean DEFAULT false NOT NULL
);

ALTER TABLE public.logs_forgotten ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_forgotten_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_gap (
    id integer NOT NULL,
    from_at timestamp with time zone NOT NULL,
    to_at timestamp with time zone,
    reason character varying(20) NOT NULL,
    channel_id integer NOT NULL
);

ALTER TABLE public.logs_gap ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_gap_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_heldline (
    id integer NOT NULL,
    why character varying(10) NOT NULL,
    due_at timestamp with time zone,
    held_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    at timestamp with time zone NOT NULL,
    kind smallint NOT NULL,
    nick text NOT NULL,
    text text NOT NULL,
    account text,
    msgid text,
    target text,
    channel_id integer NOT NULL
);

ALTER TABLE public.logs_heldline ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_heldline_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_hourcount (
    channel_id integer NOT NULL,
    year smallint NOT NULL,
    hour smallint NOT NULL,
    said integer NOT NULL
)
WITH (fillfactor='70');

CREATE TABLE public.logs_identity (
    id integer NOT NULL,
    account character varying(200) NOT NULL,
    nick character varying(200) NOT NULL,
    proven_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    signed_out_at timestamp with time zone,
    network_id integer NOT NULL
);

ALTER TABLE public.logs_identity ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_identity_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_journalposition (
    journal character varying(36) NOT NULL,
    segment bigint NOT NULL,
    "offset" bigint NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    heard_until timestamp with time zone,
    network_id integer
);

CREATE TABLE public.logs_line (
    at timestamp with time zone NOT NULL,
    id integer NOT NULL,
    channel_id integer NOT NULL,
    kind smallint NOT NULL,
    nick text NOT NULL,
    text text NOT NULL,
    account text,
    msgid text,
    target text
);

CREATE TABLE public.logs_linecounter (
    channel_id integer NOT NULL,
    last_id integer NOT NULL
);

CREATE TABLE public.logs_membership (
    id integer NOT NULL,
    role character varying(10) NOT NULL,
    evidence text NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    channel_id integer NOT NULL,
    identity_id integer NOT NULL
);

ALTER TABLE public.logs_membership ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_membership_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_network (
    id integer NOT NULL,
    name character varying(50) NOT NULL,
    host character varying(255) NOT NULL,
    port integer NOT NULL,
    tls boolean NOT NULL,
    nick character varying(50) NOT NULL,
    username character varying(20) NOT NULL,
    realname character varying(200) NOT NULL,
    password character varying(300) NOT NULL,
    wanted boolean NOT NULL,
    casemapping character varying(20) NOT NULL,
    account character varying(100) NOT NULL,
    account_key character varying(300) NOT NULL,
    account_password character varying(1000) NOT NULL,
    account_required boolean NOT NULL,
    certificate character varying(300) NOT NULL,
    fingerprints text NOT NULL,
    mechanisms character varying(200) NOT NULL,
    inviting boolean NOT NULL,
    scrubs integer NOT NULL,
    wrong_codes bigint NOT NULL,
    CONSTRAINT logs_network_port_check CHECK ((port >= 0))
);

ALTER TABLE public.logs_network ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_network_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_nickcount (
    channel_id integer NOT NULL,
    year smallint NOT NULL,
    nick text NOT NULL,
    said integer NOT NULL,
    folded text GENERATED ALWAYS AS (public.logs_nick(nick)) STORED
)
WITH (fillfactor='70');

CREATE TABLE public.logs_oldnumber (
    id integer NOT NULL,
    number bigint NOT NULL,
    line integer NOT NULL,
    channel_id integer NOT NULL
);

ALTER TABLE public.logs_oldnumber ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_oldnumber_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_optout (
    id integer NOT NULL,
    account character varying(200) NOT NULL,
    nick character varying(200) NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    channel_id integer,
    network_id integer NOT NULL
);

ALTER TABLE public.logs_optout ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_optout_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_removal (
    id integer NOT NULL,
    line integer NOT NULL,
    channel_id integer NOT NULL
);

CREATE TABLE public.logs_request (
    id integer NOT NULL,
    nick character varying(200) NOT NULL,
    wish character varying(10) NOT NULL,
    words text NOT NULL,
    link_digest character varying(64) NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    due_at timestamp with time zone NOT NULL,
    answer text NOT NULL,
    answered_at timestamp with time zone,
    network_id integer NOT NULL
);

ALTER TABLE public.logs_request ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_request_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.logs_unfinished (
    channel_id integer NOT NULL
);

CREATE TABLE public.logs_upload (
    id integer NOT NULL,
    by character varying(250) NOT NULL,
    name character varying(100) NOT NULL,
    content bytea NOT NULL,
    sent_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    channel_id integer NOT NULL
);

ALTER TABLE public.logs_upload ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_upload_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

INSERT INTO public.auth_group (id, name) VALUES (1, 'moderators');
INSERT INTO public.auth_group_permissions (id, group_id, permission_id) VALUES (1, 1, 96);
INSERT INTO public.auth_group_permissions (id, group_id, permission_id) VALUES (2, 1, 42);
INSERT INTO public.auth_group_permissions (id, group_id, permission_id) VALUES (3, 1, 140);
INSERT INTO public.auth_group_permissions (id, group_id, permission_id) VALUES (4, 1, 90);
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (1, 'Can add log entry', 1, 'add_logentry');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (2, 'Can change log entry', 1, 'change_logentry');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (3, 'Can delete log entry', 1, 'delete_logentry');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (4, 'Can view log entry', 1, 'view_logentry');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (5, 'Can add permission', 2, 'add_permission');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (6, 'Can change permission', 2, 'change_permission');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (7, 'Can delete permission', 2, 'delete_permission');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (8, 'Can view permission', 2, 'view_permission');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (9, 'Can add group', 3, 'add_group');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (10, 'Can change group', 3, 'change_group');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (11, 'Can delete group', 3, 'delete_group');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (12, 'Can view group', 3, 'view_group');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (13, 'Can add user', 4, 'add_user');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (14, 'Can change user', 4, 'change_user');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (15, 'Can delete user', 4, 'delete_user');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (16, 'Can view user', 4, 'view_user');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (17, 'Can add content type', 5, 'add_contenttype');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (18, 'Can change content type', 5, 'change_contenttype');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (19, 'Can delete content type', 5, 'delete_contenttype');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (20, 'Can view content type', 5, 'view_contenttype');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (21, 'Can add session', 6, 'add_session');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (22, 'Can change session', 6, 'change_session');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (23, 'Can delete session', 6, 'delete_session');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (24, 'Can view session', 6, 'view_session');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (25, 'Can add access attempt', 7, 'add_accessattempt');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (26, 'Can change access attempt', 7, 'change_accessattempt');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (27, 'Can delete access attempt', 7, 'delete_accessattempt');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (28, 'Can view access attempt', 7, 'view_accessattempt');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (29, 'Can add access log', 8, 'add_accesslog');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (30, 'Can change access log', 8, 'change_accesslog');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (31, 'Can delete access log', 8, 'delete_accesslog');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (32, 'Can view access log', 8, 'view_accesslog');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (33, 'Can add access failure', 9, 'add_accessfailurelog');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (34, 'Can change access failure', 9, 'change_accessfailurelog');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (35, 'Can delete access failure', 9, 'delete_accessfailurelog');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (36, 'Can view access failure', 9, 'view_accessfailurelog');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (37, 'Can add access attempt expiration', 10, 'add_accessattemptexpiration');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (38, 'Can change access attempt expiration', 10, 'change_accessattemptexpiration');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (39, 'Can delete access attempt expiration', 10, 'delete_accessattemptexpiration');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (40, 'Can view access attempt expiration', 10, 'view_accessattemptexpiration');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (41, 'Can add channel', 11, 'add_channel');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (42, 'Can change channel', 11, 'change_channel');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (43, 'Can delete channel', 11, 'delete_channel');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (44, 'Can view channel', 11, 'view_channel');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (45, 'Can add journal position', 12, 'add_journalposition');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (46, 'Can change journal position', 12, 'change_journalposition');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (47, 'Can delete journal position', 12, 'delete_journalposition');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (48, 'Can view journal position', 12, 'view_journalposition');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (49, 'Can add network', 13, 'add_network');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (50, 'Can change network', 13, 'change_network');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (51, 'Can delete network', 13, 'delete_network');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (52, 'Can view network', 13, 'view_network');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (53, 'Can add line counter', 14, 'add_linecounter');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (54, 'Can change line counter', 14, 'change_linecounter');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (55, 'Can delete line counter', 14, 'delete_linecounter');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (56, 'Can view line counter', 14, 'view_linecounter');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (57, 'Can add bot status', 15, 'add_botstatus');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (58, 'Can change bot status', 15, 'change_botstatus');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (59, 'Can delete bot status', 15, 'delete_botstatus');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (60, 'Can view bot status', 15, 'view_botstatus');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (61, 'Can add gap', 16, 'add_gap');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (62, 'Can change gap', 16, 'change_gap');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (63, 'Can delete gap', 16, 'delete_gap');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (64, 'Can view gap', 16, 'view_gap');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (65, 'Can add line', 17, 'add_line');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (66, 'Can change line', 17, 'change_line');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (67, 'Can delete line', 17, 'delete_line');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (68, 'Can view line', 17, 'view_line');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (69, 'Can add removal', 18, 'add_removal');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (70, 'Can change removal', 18, 'change_removal');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (71, 'Can delete removal', 18, 'delete_removal');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (72, 'Can view removal', 18, 'view_removal');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (73, 'Can add identity', 19, 'add_identity');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (74, 'Can change identity', 19, 'change_identity');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (75, 'Can delete identity', 19, 'delete_identity');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (76, 'Can view identity', 19, 'view_identity');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (77, 'Can add code', 20, 'add_code');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (78, 'Can change code', 20, 'change_code');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (79, 'Can delete code', 20, 'delete_code');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (80, 'Can view code', 20, 'view_code');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (81, 'Can add membership', 21, 'add_membership');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (82, 'Can change membership', 21, 'change_membership');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (83, 'Can delete membership', 21, 'delete_membership');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (84, 'Can view membership', 21, 'view_membership');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (85, 'Can add opt out', 22, 'add_optout');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (86, 'Can change opt out', 22, 'change_optout');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (87, 'Can delete opt out', 22, 'delete_optout');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (88, 'Can view opt out', 22, 'view_optout');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (89, 'Can add request', 23, 'add_request');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (90, 'Can change request', 23, 'change_request');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (91, 'Can delete request', 23, 'delete_request');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (92, 'Can view request', 23, 'view_request');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (93, 'Can add act', 24, 'add_act');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (94, 'Can change act', 24, 'change_act');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (95, 'Can delete act', 24, 'delete_act');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (96, 'Can view act', 24, 'view_act');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (97, 'Can add forgotten', 25, 'add_forgotten');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (98, 'Can change forgotten', 25, 'change_forgotten');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (99, 'Can delete forgotten', 25, 'delete_forgotten');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (100, 'Can view forgotten', 25, 'view_forgotten');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (101, 'Can add held line', 26, 'add_heldline');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (102, 'Can change held line', 26, 'change_heldline');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (103, 'Can delete held line', 26, 'delete_heldline');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (104, 'Can view held line', 26, 'view_heldline');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (105, 'Can add day count', 27, 'add_daycount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (106, 'Can change day count', 27, 'change_daycount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (107, 'Can delete day count', 27, 'delete_daycount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (108, 'Can view day count', 27, 'view_daycount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (109, 'Can add hour count', 28, 'add_hourcount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (110, 'Can change hour count', 28, 'change_hourcount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (111, 'Can delete hour count', 28, 'delete_hourcount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (112, 'Can view hour count', 28, 'view_hourcount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (113, 'Can add nick count', 29, 'add_nickcount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (114, 'Can change nick count', 29, 'change_nickcount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (115, 'Can delete nick count', 29, 'delete_nickcount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (116, 'Can view nick count', 29, 'view_nickcount');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (117, 'Can add unfinished', 30, 'add_unfinished');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (118, 'Can change unfinished', 30, 'change_unfinished');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (119, 'Can delete unfinished', 30, 'delete_unfinished');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (120, 'Can view unfinished', 30, 'view_unfinished');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (121, 'Can add upload', 31, 'add_upload');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (122, 'Can change upload', 31, 'change_upload');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (123, 'Can delete upload', 31, 'delete_upload');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (124, 'Can view upload', 31, 'view_upload');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (125, 'Can add fill', 32, 'add_fill');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (126, 'Can change fill', 32, 'change_fill');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (127, 'Can delete fill', 32, 'delete_fill');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (128, 'Can view fill', 32, 'view_fill');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (129, 'Can add old number', 33, 'add_oldnumber');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (130, 'Can change old number', 33, 'change_oldnumber');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (131, 'Can delete old number', 33, 'delete_oldnumber');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (132, 'Can view old number', 33, 'view_oldnumber');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (133, 'Can add API token', 34, 'add_apitoken');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (134, 'Can change API token', 34, 'change_apitoken');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (135, 'Can delete API token', 34, 'delete_apitoken');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (136, 'Can view API token', 34, 'view_apitoken');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (137, 'Can add redaction', 35, 'add_redaction');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (138, 'Can change redaction', 35, 'change_redaction');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (139, 'Can delete redaction', 35, 'delete_redaction');
INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES (140, 'Can view redaction', 35, 'view_redaction');
INSERT INTO public.auth_user (id, password, last_login, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined) VALUES (1, '!unusable', NULL, true, 'root', '', '', 'root@example.org', true, true, '2026-11-28 22:57:28.970463+00');
INSERT INTO public.auth_user (id, password, last_login, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined) VALUES (2, '!cOlspeGbFuDtuvqm3OBlxGUbax2kdTugQ6LlWtGU', NULL, false, 'moderator', '', '', '', true, true, '2026-11-28 22:57:30.451122+00');
INSERT INTO public.auth_user_groups (id, user_id, group_id) VALUES (1, 2, 1);
INSERT INTO public.django_content_type (id, app_label, model) VALUES (1, 'admin', 'logentry');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (2, 'auth', 'permission');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (3, 'auth', 'group');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (4, 'auth', 'user');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (5, 'contenttypes', 'contenttype');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (6, 'sessions', 'session');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (7, 'axes', 'accessattempt');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (8, 'axes', 'accesslog');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (9, 'axes', 'accessfailurelog');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (10, 'axes', 'accessattemptexpiration');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (11, 'logs', 'channel');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (12, 'logs', 'journalposition');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (13, 'logs', 'network');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (14, 'logs', 'linecounter');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (15, 'logs', 'botstatus');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (16, 'logs', 'gap');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (17, 'logs', 'line');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (18, 'logs', 'removal');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (19, 'logs', 'identity');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (20, 'logs', 'code');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (21, 'logs', 'membership');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (22, 'logs', 'optout');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (23, 'logs', 'request');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (24, 'logs', 'act');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (25, 'logs', 'forgotten');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (26, 'logs', 'heldline');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (27, 'logs', 'daycount');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (28, 'logs', 'hourcount');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (29, 'logs', 'nickcount');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (30, 'logs', 'unfinished');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (31, 'logs', 'upload');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (32, 'logs', 'fill');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (33, 'logs', 'oldnumber');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (34, 'logs', 'apitoken');
INSERT INTO public.django_content_type (id, app_label, model) VALUES (35, 'logs', 'redaction');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (1, 'contenttypes', '0001_initial', '2026-11-28 22:57:15.622405+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (2, 'auth', '0001_initial', '2026-11-28 22:57:15.847146+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (3, 'admin', '0001_initial', '2026-11-28 22:57:15.930542+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (4, 'admin', '0002_logentry_remove_auto_add', '2026-11-28 22:57:15.975003+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (5, 'admin', '0003_logentry_add_action_flag_choices', '2026-11-28 22:57:16.004033+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (6, 'contenttypes', '0002_remove_content_type_name', '2026-11-28 22:57:16.079573+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (7, 'auth', '0002_alter_permission_name_max_length', '2026-11-28 22:57:16.119564+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (8, 'auth', '0003_alter_user_email_max_length', '2026-11-28 22:57:16.146889+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (9, 'auth', '0004_alter_user_username_opts', '2026-11-28 22:57:16.16485+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (10, 'auth', '0005_alter_user_last_login_null', '2026-11-28 22:57:16.215237+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (11, 'auth', '0006_require_contenttypes_0002', '2026-11-28 22:57:16.218495+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (12, 'auth', '0007_alter_validators_add_error_messages', '2026-11-28 22:57:16.254605+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (13, 'auth', '0008_alter_user_username_max_length', '2026-11-28 22:57:16.298129+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (14, 'auth', '0009_alter_user_last_name_max_length', '2026-11-28 22:57:16.346858+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (15, 'auth', '0010_alter_group_name_max_length', '2026-11-28 22:57:16.401554+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (16, 'auth', '0011_update_proxy_permissions', '2026-11-28 22:57:16.408697+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (17, 'auth', '0012_alter_user_first_name_max_length', '2026-11-28 22:57:16.469315+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (18, 'axes', '0001_initial', '2026-11-28 22:57:16.523777+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (19, 'axes', '0002_auto_20151217_2044', '2026-11-28 22:57:16.66246+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (20, 'axes', '0003_auto_20160322_0929', '2026-11-28 22:57:16.73705+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (21, 'axes', '0004_auto_20181024_1538', '2026-11-28 22:57:16.800081+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (22, 'axes', '0005_remove_accessattempt_trusted', '2026-11-28 22:57:16.817651+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (23, 'axes', '0006_remove_accesslog_trusted', '2026-11-28 22:57:16.851573+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (24, 'axes', '0007_alter_accessattempt_unique_together', '2026-11-28 22:57:16.923762+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (25, 'axes', '0008_accessfailurelog', '2026-11-28 22:57:17.002418+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (26, 'axes', '0009_add_session_hash', '2026-11-28 22:57:17.008054+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (27, 'axes', '0010_accessattemptexpiration', '2026-11-28 22:57:17.050761+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (28, 'logs', '0001_initial', '2026-11-28 22:57:17.502437+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (29, 'logs', '0002_search', '2026-11-28 22:57:17.511741+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (30, 'logs', '0003_bot_identity', '2026-11-28 22:57:17.710286+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (31, 'logs', '0004_standby', '2026-11-28 22:57:17.800247+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (32, 'logs', '0005_removal', '2026-11-28 22:57:17.835242+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (33, 'logs', '0006_people', '2026-11-28 22:57:19.868872+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (34, 'logs', '0007_scrubs', '2026-11-28 22:57:19.998845+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (35, 'logs', '0008_counts', '2026-11-28 22:57:20.307577+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (36, 'logs', '0009_pausing', '2026-11-28 22:57:20.368683+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (37, 'logs', '0010_bridges', '2026-11-28 22:57:20.479307+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (38, 'logs', '0011_stemming', '2026-11-28 22:57:20.577363+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (39, 'logs', '0012_entry_notice', '2026-11-28 22:57:20.710822+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (40, 'logs', '0013_folded_nicks', '2026-11-28 22:57:20.847427+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (41, 'logs', '0014_day_changed', '2026-11-28 22:57:20.958643+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (42, 'logs', '0015_audience_told', '2026-11-28 22:57:20.970251+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (43, 'logs', '0016_provenance', '2026-11-28 22:57:21.826491+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (44, 'logs', '0017_api_tokens', '2026-11-28 22:57:22.041602+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (45, 'logs', '0018_redactions', '2026-11-28 22:57:22.347769+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (46, 'logs', '0019_years', '2026-11-28 22:57:22.394534+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (47, 'logs', '0020_search_statistics', '2026-11-28 22:57:22.396295+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (48, 'logs', '0021_cheap_functions', '2026-11-28 22:57:22.418419+00');
INSERT INTO public.django_migrations (id, app, name, applied) VALUES (49, 'sessions', '0001_initial', '2026-11-28 22:57:22.47036+00');
INSERT INTO public.django_session (session_key, session_data, expire_date) VALUES ('ssssssssssssssssssssssssssssssss', 'data', '2024-02-28 21:30:00+00');
INSERT INTO public.logs_act (id, at, by, what, channel_id, removed) VALUES (1, '2026-11-28 22:57:28.635032+00', 'admin root', 'removed 2 lines: spam', 1, 2);
INSERT INTO public.logs_act (id, at, by, what, channel_id, removed) VALUES (2, '2026-11-28 22:57:28.804019+00', 'eve', 'anonymised 13 lines of one person', 1, 13);
INSERT INTO public.logs_act (id, at, by, what, channel_id, removed) VALUES (3, '2026-11-28 22:57:28.877973+00', 'ada', 'one person opted out', 2, NULL);
INSERT INTO public.logs_act (id, at, by, what, channel_id, removed) VALUES (4, '2026-11-28 22:57:30.542459+00', 'ada', 'made the API token “reader”', 2, NULL);
INSERT INTO public.logs_act (id, at, by, what, channel_id, removed) VALUES (5, '2026-11-28 22:57:30.556452+00', 'root', 'made the API token “robot”', 1, NULL);
INSERT INTO public.logs_apitoken (id, name, digest, created_at, last_used_at, channel_id, identity_id, user_id) VALUES (1, 'reader', '8dd725f97154349487b577d1d36d690ae9336469fc2062e2728c7ddad57f4910', '2026-11-28 22:57:30.529169+00', NULL, 2, 1, NULL);
INSERT INTO public.logs_apitoken (id, name, digest, created_at, last_used_at, channel_id, identity_id, user_id) VALUES (2, 'robot', 'f8f2c8b3bd9773f7ea3f41768b11658f0017618e116876deaf0ab2505d6b37f3', '2026-11-28 22:57:30.555878+00', NULL, 1, NULL, 1);
INSERT INTO public.logs_botstatus (id, state, detail, since, last_line_at, journal_depth, updated_at, channel_id, network_id) VALUES (1, 'connected', '', '2024-02-28 21:30:00+00', NULL, 0, '2024-02-28 21:30:00+00', NULL, 1);
INSERT INTO public.logs_botstatus (id, state, detail, since, last_line_at, journal_depth, updated_at, channel_id, network_id) VALUES (2, 'joined', '', '2024-02-28 21:30:00+00', '2024-02-28 21:30:00+00', 7, '2024-02-28 21:30:00+00', 1, 1);
INSERT INTO public.logs_channel (id, name, folded, key, wanted, visibility, topic, created_at, network_id, access, ai, answers, hidden, notice, delay, holds_spam, indexed, keeps_joins, link_key, off_record, opted_out, paused, retention, stopped, bridges, stemming, entry_notice) VALUES (1, '#Django[dev]', '#django{dev}', '', true, 'public', 'Talk about it', '2026-11-28 22:57:28.385926+00', 1, 0, false, 'private', false, 'unneeded', 0, true, true, true, 'UVGujGZy4rAfhTBM9LE4quu4', '[off] !-', 'placeholder', false, NULL, '', 'relay', false, false);
INSERT INTO public.logs_channel (id, name, folded, key, wanted, visibility, topic, created_at, network_id, access, ai, answers, hidden, notice, delay, holds_spam, indexed, keeps_joins, link_key, off_record, opted_out, paused, retention, stopped, bridges, stemming, entry_notice) VALUES (2, '#secret', '#secret', '', false, 'members', '', '2026-11-28 22:57:28.400829+00', 1, 0, false, 'private', false, 'unneeded', 5, true, true, true, '5O1qRuYKErHkQvPE7x0RpEhS', '[off] !-', 'placeholder', false, NULL, '', '', false, false);
INSERT INTO public.logs_channel (id, name, folded, key, wanted, visibility, topic, created_at, network_id, access, ai, answers, hidden, notice, delay, holds_spam, indexed, keeps_joins, link_key, off_record, opted_out, paused, retention, stopped, bridges, stemming, entry_notice) VALUES (3, '#hidden', '#hidden', '', false, 'public', '', '2026-11-28 22:57:28.414097+00', 1, 0, false, 'private', true, 'missing', 0, true, true, true, 'AbC-link', '[off] !-', 'placeholder', false, NULL, '', '', false, false);
INSERT INTO public.logs_channel (id, name, folded, key, wanted, visibility, topic, created_at, network_id, access, ai, answers, hidden, notice, delay, holds_spam, indexed, keeps_joins, link_key, off_record, opted_out, paused, retention, stopped, bridges, stemming, entry_notice) VALUES (4, '#old', '#old', '', false, 'unlisted', '', '2026-11-28 22:57:28.419352+00', 2, 3, false, 'private', false, 'unneeded', 0, true, true, true, 'kqccDHN_znStJ9CqvIVcvrbR', '[off] !-', 'placeholder', false, 36500, '', '', false, false);
INSERT INTO public.logs_code (id, channel, selector, digest, expires_at, wrong, used_at, network_id, identity_id) VALUES (1, '#secret', 'G9WS', '20cf4452e71227bc430bede9b96be89120aef0f831515d2c6e4805da0e1dcdcc', '2026-11-28 23:07:28.914251+00', 0, NULL, 1, 1);
INSERT INTO public.logs_code (id, channel, selector, digest, expires_at, wrong, used_at, network_id, identity_id) VALUES (2, '', 'TETS', '62059ef524910cc03415ddcf44dd22af6b5e05590eff3ce4c54136109d0d068e', '2026-11-28 23:07:28.95517+00', 0, NULL, 1, NULL);
INSERT INTO public.logs_daycount (channel_id, day, lines, said, revision, changed_at) VALUES (1, '2024-02-28', 1, 1, 1, '2026-11-28 22:57:28.486683+00');
INSERT INTO public.logs_daycount (channel_id, day, lines, said, revision, changed_at) VALUES (1, '2024-03-11', 1, 1, 1, '2026-11-28 22:57:28.486683+00');
INSERT INTO public.logs_daycount (channel_id, day, lines, said, revision, changed_at) VALUES (1, '2025-01-23', 1, 0, 1, '2026-11-28 22:57:28.486683+00');
INSERT INTO public.logs_daycount (channel_id, day, lines, said, revision, changed_at) VALUES (1, '2025-01-24', 1, 1, 1, '2026-11-28 22:57:28.486683+00');
INSERT INTO public.logs_daycount (channel_id, day, lines, said, revision, changed_at) VALUES (1, '2025-01-25', 1, 1, 1, '2026-11-28 22:57:28.486683+00');
INSERT INTO public.logs_daycount (channel_id, day, lines, said, revision, changed_at) VALUES (1, '2025-01-26', 1, 0, 1, '2026-11-28 22:57:28.486683+00');
INSERT INTO public.logs_daycount (channel_id, day, lines, said, revision, changed_at) VALUES (1, '2025-01-28', 1, 0, 1, '2026-11-28 22:57:28.486683+00');
INSERT INTO public.logs_daycount (channel_id, day, lines, said, revision, changed_at) VALUES (1, '2025-01-29', 1, 0, 1, '2026-11-28 22:57:28.486683+00');
INSERT INTO public.logs_daycount (channel_id, day, lines, said, revision, changed_at) VALUES (1, '2025-01-30', 1, 0, 1, '2026-11-28 22:57:28.486683+00');
INSERT INTO public.logs_daycount (channel_id, day, lines, said, revision, changed_at) VALUES (1, '2025-01-31', 1, 0, 1, '2026-11-28 22:57:28.486683+00');
INSERT INTO public.logs_daycount (channel_id, day, lines, said, revision, changed_at) VALUES (3, '2024-02-28', 5, 5, 1, '2026-11-28 22:57:28.486683+00');
INSERT INTO public.logs_daycount (channel_id, day, lines, said, revision, changed_at) VALUES (4, '2024-02-28', 5, 5, 1, '2026-11-28 22:57:28.486683+00');
INSERT INTO public.logs_daycount (channel_id, day, lines, said, revision, changed_at) VALUES (1, '2024-02-29', 3, 1, 3, '2026-11-28 22:57:28.616368+00');
INSERT INTO public.logs_daycount (channel_id, day, lines, said, revision, changed_at) VALUES (1, '2024-03-01', 4, 4, 3, '2026-11-28 22:57:28.783651+00');
INSERT INTO public.logs_daycount (channel_id, day, lines, said, revision, changed_at) VALUES (1, '2024-03-02', 3, 3, 3, '2026-11-28 22:57:28.783669+00');
INSERT INTO public.logs_daycount (channel_id, day, lines, said, revision, changed_at) VALUES (1, '2024-03-03', 4, 4, 3, '2026-11-28 22:57:28.783673+00');
INSERT INTO public.logs_daycount (channel_id, day, lines, said, revision, changed_at) VALUES (1, '2024-03-04', 3, 3, 3, '2026-11-28 22:57:28.783679+00');
INSERT INTO public.logs_daycount (channel_id, day, lines, said, revision, changed_at) VALUES (1, '2024-03-05', 3, 3, 3, '2026-11-28 22:57:28.783682+00');
INSERT INTO public.logs_daycount (channel_id, day, lines, said, revision, changed_at) VALUES (1, '2024-03-06', 4, 4, 3, '2026-11-28 22:57:28.783684+00');
INSERT INTO public.logs_daycount (channel_id, day, lines, said, revision, changed_at) VALUES (1, '2024-03-07', 3, 3, 3, '2026-11-28 22:57:28.783689+00');
INSERT INTO public.logs_daycount (channel_id, day, lines, said, revision, changed_at) VALUES (1, '2024-03-08', 4, 4, 3, '2026-11-28 22:57:28.783692+00');
INSERT INTO public.logs_daycount (channel_id, day, lines, said, revision, changed_at) VALUES (1, '2024-03-09', 3, 3, 3, '2026-11-28 22:57:28.783694+00');
INSERT INTO public.logs_daycount (channel_id, day, lines, said, revision, changed_at) VALUES (1, '2024-03-10', 4, 4, 3, '2026-11-28 22:57:28.783699+00');
INSERT INTO public.logs_daycount (channel_id, day, lines, said, revision, changed_at) VALUES (1, '2025-01-27', 1, 0, 3, '2026-11-28 22:57:28.783701+00');
INSERT INTO public.logs_fill (id, first, last, name, channel_id) VALUES (1, 1, 5, 'irssi.log', 4);
INSERT INTO public.logs_forgotten (id, until, account, nick, msgid, digest, channel_id, network_id, renamed) VALUES (1, '2024-02-29 11:30:00+00', '', '', '', 'b9783d0929227f2d7981de1a02c908abceff5df280de80e2a0d3631106adb468', 1, 1, false);
INSERT INTO public.logs_forgotten (id, until, account, nick, msgid, digest, channel_id, network_id, renamed) VALUES (2, '2024-02-29 18:30:00+00', '', '', 'm3', '', 1, 1, false);
INSERT INTO public.logs_forgotten (id, until, account, nick, msgid, digest, channel_id, network_id, renamed) VALUES (3, '2026-11-28 22:57:28.658761+00', '', 'eve', '', '', 1, 1, true);
INSERT INTO public.logs_forgotten (id, until, account, nick, msgid, digest, channel_id, network_id, renamed) VALUES (4, '2026-11-28 22:57:28.824055+00', 'ada', '', '', '', 3, 1, false);
INSERT INTO public.logs_gap (id, from_at, to_at, reason, channel_id) VALUES (1, '2024-02-28 22:30:00+00', '2024-02-28 23:30:00+00', 'connection', 1);
INSERT INTO public.logs_gap (id, from_at, to_at, reason, channel_id) VALUES (2, '2024-02-28 21:30:00+00', NULL, 'paused', 2);
INSERT INTO public.logs_heldline (id, why, due_at, held_at, at, kind, nick, text, account, msgid, target, channel_id) VALUES (1, 'delay', '2100-01-01 00:05:00+00', '2026-11-28 22:57:28.534139+00', '2100-01-01 00:00:00+00', 1, 'bob', 'held 0', NULL, 'h0', NULL, 2);
INSERT INTO public.logs_heldline (id, why, due_at, held_at, at, kind, nick, text, account, msgid, target, channel_id) VALUES (2, 'delay', '2100-01-01 00:05:00+00', '2026-11-28 22:57:28.534139+00', '2100-01-01 00:00:00+00', 1, 'bob', 'held 1', NULL, 'h1', NULL, 2);
INSERT INTO public.logs_heldline (id, why, due_at, held_at, at, kind, nick, text, account, msgid, target, channel_id) VALUES (3, 'delay', '2100-01-01 00:05:00+00', '2026-11-28 22:57:28.534139+00', '2100-01-01 00:00:00+00', 1, 'bob', 'held 2', NULL, 'h2', NULL, 2);
INSERT INTO public.logs_heldline (id, why, due_at, held_at, at, kind, nick, text, account, msgid, target, channel_id) VALUES (4, 'flood', NULL, '2026-11-28 22:57:30.60216+00', '2024-02-28 21:30:00+00', 1, 'spam', 'buy', NULL, 's1', NULL, 1);
INSERT INTO public.logs_hourcount (channel_id, year, hour, said) VALUES (1, 2024, 6, 2);
INSERT INTO public.logs_hourcount (channel_id, year, hour, said) VALUES (1, 2024, 13, 1);
INSERT INTO public.logs_hourcount (channel_id, year, hour, said) VALUES (1, 2024, 27, 1);
INSERT INTO public.logs_hourcount (channel_id, year, hour, said) VALUES (1, 2024, 34, 1);
INSERT INTO public.logs_hourcount (channel_id, year, hour, said) VALUES (1, 2024, 48, 1);
INSERT INTO public.logs_hourcount (channel_id, year, hour, said) VALUES (1, 2024, 55, 1);
INSERT INTO public.logs_hourcount (channel_id, year, hour, said) VALUES (1, 2024, 69, 2);
INSERT INTO public.logs_hourcount (channel_id, year, hour, said) VALUES (1, 2024, 76, 2);
INSERT INTO public.logs_hourcount (channel_id, year, hour, said) VALUES (1, 2024, 97, 2);
INSERT INTO public.logs_hourcount (channel_id, year, hour, said) VALUES (1, 2024, 111, 2);
INSERT INTO public.logs_hourcount (channel_id, year, hour, said) VALUES (1, 2024, 118, 2);
INSERT INTO public.logs_hourcount (channel_id, year, hour, said) VALUES (1, 2024, 132, 2);
INSERT INTO public.logs_hourcount (channel_id, year, hour, said) VALUES (1, 2024, 139, 2);
INSERT INTO public.logs_hourcount (channel_id, year, hour, said) VALUES (1, 2024, 153, 2);
INSERT INTO public.logs_hourcount (channel_id, year, hour, said) VALUES (1, 2024, 160, 2);
INSERT INTO public.logs_hourcount (channel_id, year, hour, said) VALUES (1, 2025, 117, 1);
INSERT INTO public.logs_hourcount (channel_id, year, hour, said) VALUES (1, 2025, 141, 1);
INSERT INTO public.logs_hourcount (channel_id, year, hour, said) VALUES (3, 2024, 69, 5);
INSERT INTO public.logs_hourcount (channel_id, year, hour, said) VALUES (4, 2024, 69, 5);
INSERT INTO public.logs_hourcount (channel_id, year, hour, said) VALUES (1, 2024, 90, 1);
INSERT INTO public.logs_hourcount (channel_id, year, hour, said) VALUES (1, 2024, 20, 1);
INSERT INTO public.logs_hourcount (channel_id, year, hour, said) VALUES (1, 2024, 41, 1);
INSERT INTO public.logs_hourcount (channel_id, year, hour, said) VALUES (1, 2024, 62, 1);
INSERT INTO public.logs_hourcount (channel_id, year, hour, said) VALUES (1, 2024, 83, 1);
INSERT INTO public.logs_hourcount (channel_id, year, hour, said) VALUES (1, 2024, 104, 2);
INSERT INTO public.logs_hourcount (channel_id, year, hour, said) VALUES (1, 2024, 125, 2);
INSERT INTO public.logs_hourcount (channel_id, year, hour, said) VALUES (1, 2024, 146, 2);
INSERT INTO public.logs_hourcount (channel_id, year, hour, said) VALUES (1, 2024, 167, 2);
INSERT INTO public.logs_identity (id, account, nick, proven_at, signed_out_at, network_id) VALUES (1, 'ada', 'ada', '2026-11-28 22:57:28.642075+00', '2024-02-28 21:30:00+00', 1);
INSERT INTO public.logs_identity (id, account, nick, proven_at, signed_out_at, network_id) VALUES (2, '', 'eve', '2026-11-28 22:57:28.646657+00', NULL, 1);
INSERT INTO public.logs_journalposition (journal, segment, "offset", updated_at, heard_until, network_id) VALUES ('0123-abcd', 3, 1099511627776, '2024-02-28 21:30:00+00', '2024-02-28 21:30:00+00', 1);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-02-28 21:30:00+00', 1, 1, 1, 'ada', 'hello world', 'ada', NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-02-29 04:30:00+00', 2, 1, 1, 'Bob[x]', 'Running bold 04,5red text: naïve café', NULL, 'm1', NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-01 01:30:00+00', 5, 1, 1, 'Bob[x]', '100% of ''quotes'' and \backslashes\ {a,b}', NULL, NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-01 15:30:00+00', 7, 1, 1, 'ada', 'Running bold 04,5red text: naïve café', 'ada', NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-01 22:30:00+00', 8, 1, 1, 'Bob[x]', 'see http://example.org/a?b=1 and www.example.com', NULL, 'm7', NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-02 12:30:00+00', 10, 1, 1, 'ada', '100% of ''quotes'' and \backslashes\ {a,b}', 'ada', 'm9', NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-02 19:30:00+00', 11, 1, 1, 'Bob[x]', 'hello world', NULL, NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-03 09:30:00+00', 13, 1, 1, 'ada', 'see http://example.org/a?b=1 and www.example.com', 'ada', NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-03 16:30:00+00', 14, 1, 1, 'Bob[x]', '日本語 and emoji 😀', NULL, 'm13', NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-04 06:30:00+00', 16, 1, 1, 'ada', 'hello world', 'ada', 'm15', NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-04 13:30:00+00', 17, 1, 1, 'Bob[x]', 'Running bold 04,5red text: naïve café', NULL, NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-05 03:30:00+00', 19, 1, 1, 'ada', '日本語 and emoji 😀', 'ada', NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-05 10:30:00+00', 20, 1, 1, 'Bob[x]', '100% of ''quotes'' and \backslashes\ {a,b}', NULL, 'm19', NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-06 00:30:00+00', 22, 1, 1, 'ada', 'Running bold 04,5red text: naïve café', 'ada', 'm21', NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-06 07:30:00+00', 23, 1, 1, 'Bob[x]', 'see http://example.org/a?b=1 and www.example.com', NULL, NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-06 21:30:00+00', 25, 1, 1, 'ada', '100% of ''quotes'' and \backslashes\ {a,b}', 'ada', NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-07 04:30:00+00', 26, 1, 1, 'Bob[x]', 'hello world', NULL, 'm25', NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-07 18:30:00+00', 28, 1, 1, 'ada', 'see http://example.org/a?b=1 and www.example.com', 'ada', 'm27', NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-08 01:30:00+00', 29, 1, 1, 'Bob[x]', '日本語 and emoji 😀', NULL, NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-08 15:30:00+00', 31, 1, 1, 'ada', 'hello world', 'ada', NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-08 22:30:00+00', 32, 1, 1, 'Bob[x]', 'Running bold 04,5red text: naïve café', NULL, 'm31', NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-09 12:30:00+00', 34, 1, 1, 'ada', '日本語 and emoji 😀', 'ada', 'm33', NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-09 19:30:00+00', 35, 1, 1, 'Bob[x]', '100% of ''quotes'' and \backslashes\ {a,b}', NULL, NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-10 09:30:00+00', 37, 1, 1, 'ada', 'Running bold 04,5red text: naïve café', 'ada', NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-10 16:30:00+00', 38, 1, 1, 'Bob[x]', 'see http://example.org/a?b=1 and www.example.com', NULL, 'm37', NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-11 06:30:00+00', 40, 1, 1, 'ada', '100% of ''quotes'' and \backslashes\ {a,b}', 'ada', 'm39', NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2025-01-23 21:30:00+00', 41, 1, 4, 'ada', '', NULL, NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2025-01-24 21:30:00+00', 42, 1, 2, 'ada', 'waves', NULL, NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2025-01-25 21:30:00+00', 43, 1, 3, 'ada', 'note', NULL, NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2025-01-26 21:30:00+00', 44, 1, 7, 'ada', '', NULL, NULL, 'ada_');
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2025-01-28 21:30:00+00', 46, 1, 9, 'ada', '+o ada', NULL, NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2025-01-29 21:30:00+00', 47, 1, 10, 'ada', 'new topic', NULL, NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2025-01-30 21:30:00+00', 48, 1, 5, 'ada', 'bye', NULL, NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2025-01-31 21:30:00+00', 49, 1, 6, 'ada', 'gone', NULL, NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-02-28 21:30:00+00', 1, 3, 1, 'ada', 'line 0 of #hidden', NULL, NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-02-28 21:31:00+00', 2, 3, 1, 'ada', 'line 1 of #hidden', NULL, NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-02-28 21:32:00+00', 3, 3, 1, 'ada', 'line 2 of #hidden', NULL, NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-02-28 21:33:00+00', 4, 3, 1, 'ada', 'line 3 of #hidden', NULL, NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-02-28 21:34:00+00', 5, 3, 1, 'ada', 'line 4 of #hidden', NULL, NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-02-28 21:30:00+00', 1, 4, 1, 'ada', 'line 0 of #old', NULL, NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-02-28 21:31:00+00', 2, 4, 1, 'ada', 'line 1 of #old', NULL, NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-02-28 21:32:00+00', 3, 4, 1, 'ada', 'line 2 of #old', NULL, NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-02-28 21:33:00+00', 4, 4, 1, 'ada', 'line 3 of #old', NULL, NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-02-28 21:34:00+00', 5, 4, 1, 'ada', 'line 4 of #old', NULL, NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-02-29 11:30:00+00', 52, 1, 11, '', '', NULL, NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-02-29 18:30:00+00', 53, 1, 11, '', '', NULL, NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-01 08:30:00+00', 6, 1, 1, 'anon-7fb41039', 'hello world', NULL, 'm5', NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-02 05:30:00+00', 9, 1, 1, 'anon-7fb41039', '日本語 and emoji 😀', NULL, NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-03 02:30:00+00', 12, 1, 1, 'anon-7fb41039', 'Running bold 04,5red text: naïve café', NULL, 'm11', NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-03 23:30:00+00', 15, 1, 1, 'anon-7fb41039', '100% of ''quotes'' and \backslashes\ {a,b}', NULL, NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-04 20:30:00+00', 18, 1, 1, 'anon-7fb41039', 'see http://example.org/a?b=1 and www.example.com', NULL, 'm17', NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-05 17:30:00+00', 21, 1, 1, 'anon-7fb41039', 'hello world', NULL, NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-06 14:30:00+00', 24, 1, 1, 'anon-7fb41039', '日本語 and emoji 😀', NULL, 'm23', NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-07 11:30:00+00', 27, 1, 1, 'anon-7fb41039', 'Running bold 04,5red text: naïve café', NULL, NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-08 08:30:00+00', 30, 1, 1, 'anon-7fb41039', '100% of ''quotes'' and \backslashes\ {a,b}', NULL, 'm29', NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-09 05:30:00+00', 33, 1, 1, 'anon-7fb41039', 'see http://example.org/a?b=1 and www.example.com', NULL, NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-10 02:30:00+00', 36, 1, 1, 'anon-7fb41039', 'hello world', NULL, 'm35', NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2024-03-10 23:30:00+00', 39, 1, 1, 'anon-7fb41039', '日本語 and emoji 😀', NULL, NULL, NULL);
INSERT INTO public.logs_line (at, id, channel_id, kind, nick, text, account, msgid, target) VALUES ('2025-01-27 21:30:00+00', 45, 1, 8, 'ada', 'out', NULL, NULL, 'anon-7fb41039');
INSERT INTO public.logs_linecounter (channel_id, last_id) VALUES (2, 0);
INSERT INTO public.logs_linecounter (channel_id, last_id) VALUES (3, 5);
INSERT INTO public.logs_linecounter (channel_id, last_id) VALUES (4, 5);
INSERT INTO public.logs_linecounter (channel_id, last_id) VALUES (1, 53);
INSERT INTO public.logs_membership (id, role, evidence, created_at, channel_id, identity_id) VALUES (1, 'owner', 'code, 2024-02-28', '2026-11-28 22:57:28.906865+00', 1, 1);
INSERT INTO public.logs_membership (id, role, evidence, created_at, channel_id, identity_id) VALUES (2, 'member', 'granted by an owner', '2026-11-28 22:57:28.91057+00', 2, 1);
INSERT INTO public.logs_network (id, name, host, port, tls, nick, username, realname, password, wanted, casemapping, account, account_key, account_password, account_required, certificate, fingerprints, mechanisms, inviting, scrubs, wrong_codes) VALUES (2, 'archive', '', 6697, true, 'botbot', 'botbot', '', '', true, 'ascii', '', '', '', true, '', '', '', true, 0, 0);
INSERT INTO public.logs_network (id, name, host, port, tls, nick, username, realname, password, wanted, casemapping, account, account_key, account_password, account_required, certificate, fingerprints, mechanisms, inviting, scrubs, wrong_codes) VALUES (1, 'libera', 'irc.example.org', 6697, true, 'botbot', 'botbot', '', '', true, 'rfc1459', 'logger', '', 'encrypted', true, '', 'abababababababababababababababababababababababababababababababab', '', true, 3, 0);
INSERT INTO public.logs_nickcount (channel_id, year, nick, said) VALUES (1, 0, 'Bob[x]', 13);
INSERT INTO public.logs_nickcount (channel_id, year, nick, said) VALUES (1, 2024, 'Bob[x]', 13);
INSERT INTO public.logs_nickcount (channel_id, year, nick, said) VALUES (1, 2025, 'ada', 2);
INSERT INTO public.logs_nickcount (channel_id, year, nick, said) VALUES (3, 0, 'ada', 5);
INSERT INTO public.logs_nickcount (channel_id, year, nick, said) VALUES (3, 2024, 'ada', 5);
INSERT INTO public.logs_nickcount (channel_id, year, nick, said) VALUES (4, 0, 'ada', 5);
INSERT INTO public.logs_nickcount (channel_id, year, nick, said) VALUES (4, 2024, 'ada', 5);
INSERT INTO public.logs_nickcount (channel_id, year, nick, said) VALUES (1, 0, 'ada', 15);
INSERT INTO public.logs_nickcount (channel_id, year, nick, said) VALUES (1, 2024, 'ada', 13);
INSERT INTO public.logs_nickcount (channel_id, year, nick, said) VALUES (1, 0, 'anon-7fb41039', 12);
INSERT INTO public.logs_nickcount (channel_id, year, nick, said) VALUES (1, 2024, 'anon-7fb41039', 12);
INSERT INTO public.logs_oldnumber (id, number, line, channel_id) VALUES (1, 123456789012, 2, 4);
INSERT INTO public.logs_optout (id, account, nick, created_at, channel_id, network_id) VALUES (1, 'ada', '', '2026-11-28 22:57:28.876499+00', 2, 1);
INSERT INTO public.logs_optout (id, account, nick, created_at, channel_id, network_id) VALUES (2, '', 'eve', '2026-11-28 22:57:28.902304+00', NULL, 1);
INSERT INTO public.logs_removal (id, line, channel_id) VALUES (50, 3, 1);
INSERT INTO public.logs_removal (id, line, channel_id) VALUES (51, 4, 1);
INSERT INTO public.logs_request (id, nick, wish, words, link_digest, created_at, due_at, answer, answered_at, network_id) VALUES (1, 'mallory', 'erase', 'all of it', 'dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd', '2026-11-28 22:57:30.578084+00', '2024-03-29 21:30:00+00', '', NULL, 1);
INSERT INTO public.logs_request (id, nick, wish, words, link_digest, created_at, due_at, answer, answered_at, network_id) VALUES (2, 'trent', 'access', 'everything', 'eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee', '2026-11-28 22:57:30.596113+00', '2024-02-28 21:30:00+00', 'Here', '2024-02-28 21:30:00+00', 1);
INSERT INTO public.logs_unfinished (channel_id) VALUES (4);
INSERT INTO public.logs_upload (id, by, name, content, sent_at, channel_id) VALUES (1, 'ada', 'a.log', '\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff', '2026-11-28 22:57:30.630179+00', 1);

SELECT pg_catalog.setval('public.auth_group_id_seq', 1, true);

SELECT pg_catalog.setval('public.auth_group_permissions_id_seq', 4, true);

SELECT pg_catalog.setval('public.auth_permission_id_seq', 140, true);

SELECT pg_catalog.setval('public.auth_user_groups_id_seq', 1, true);

SELECT pg_catalog.setval('public.auth_user_id_seq', 2, true);

SELECT pg_catalog.setval('public.auth_user_user_permissions_id_seq', 1, false);

SELECT pg_catalog.setval('public.axes_accessattempt_id_seq', 1, false);

SELECT pg_catalog.setval('public.axes_accessfailurelog_id_seq', 1, false);

SELECT pg_catalog.setval('public.axes_accesslog_id_seq', 1, false);

SELECT pg_catalog.setval('public.django_admin_log_id_seq', 1, false);

SELECT pg_catalog.setval('public.django_content_type_id_seq', 35, true);

SELECT pg_catalog.setval('public.django_migrations_id_seq', 49, true);

SELECT pg_catalog.setval('public.logs_act_id_seq', 5, true);

SELECT pg_catalog.setval('public.logs_apitoken_id_seq', 2, true);

SELECT pg_catalog.setval('public.logs_botstatus_id_seq', 2, true);

SELECT pg_catalog.setval('public.logs_channel_id_seq', 4, true);

SELECT pg_catalog.setval('public.logs_code_id_seq', 2, true);

SELECT pg_catalog.setval('public.logs_fill_id_seq', 1, true);

SELECT pg_catalog.setval('public.logs_forgotten_id_seq', 4, true);

SELECT pg_catalog.setval('public.logs_gap_id_seq', 2, true);

SELECT pg_catalog.setval('public.logs_heldline_id_seq', 4, true);

SELECT pg_catalog.setval('public.logs_identity_id_seq', 2, true);

SELECT pg_catalog.setval('public.logs_membership_id_seq', 2, true);

SELECT pg_catalog.setval('public.logs_network_id_seq', 2, true);

SELECT pg_catalog.setval('public.logs_oldnumber_id_seq', 1, true);

SELECT pg_catalog.setval('public.logs_optout_id_seq', 2, true);

SELECT pg_catalog.setval('public.logs_request_id_seq', 2, true);

SELECT pg_catalog.setval('public.logs_upload_id_seq', 1, true);

ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_name_key UNIQUE (name);

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_permission_id_0cd325b0_uniq UNIQUE (group_id, permission_id);

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_codename_01ab375a_uniq UNIQUE (content_type_id, codename);

ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.auth_user_groups
    ADD CONSTRAINT auth_user_groups_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.auth_user_groups
    ADD CONSTRAINT auth_user_groups_user_id_group_id_94350c0c_uniq UNIQUE (user_id, group_id);

ALTER TABLE ONLY public.auth_user
    ADD CONSTRAINT auth_user_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.auth_user_user_permissions
    ADD CONSTRAINT auth_user_user_permissions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.auth_user_user_permissions
    ADD CONSTRAINT auth_user_user_permissions_user_id_permission_id_14a6b632_uniq UNIQUE (user_id, permission_id);

ALTER TABLE ONLY public.auth_user
    ADD CONSTRAINT auth_user_username_key UNIQUE (username);

ALTER TABLE ONLY public.axes_accessattempt
    ADD CONSTRAINT axes_accessattempt_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.axes_accessattempt
    ADD CONSTRAINT axes_accessattempt_username_ip_address_user_agent_8ea22282_uniq UNIQUE (username, ip_address, user_agent);

ALTER TABLE ONLY public.axes_accessattemptexpiration
    ADD CONSTRAINT axes_accessattemptexpiration_pkey PRIMARY KEY (access_attempt_id);

ALTER TABLE ONLY public.axes_accessfailurelog
    ADD CONSTRAINT axes_accessfailurelog_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.axes_accesslog
    ADD CONSTRAINT axes_accesslog_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_channel
    ADD CONSTRAINT channel_once_per_network UNIQUE (network_id, folded);

ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_app_label_model_76bd3d3b_uniq UNIQUE (app_label, model);

ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.django_migrations
    ADD CONSTRAINT django_migrations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.django_session
    ADD CONSTRAINT django_session_pkey PRIMARY KEY (session_key);

ALTER TABLE ONLY public.logs_act
    ADD CONSTRAINT logs_act_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_apitoken
    ADD CONSTRAINT logs_apitoken_digest_key UNIQUE (digest);

ALTER TABLE ONLY public.logs_apitoken
    ADD CONSTRAINT logs_apitoken_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_botstatus
    ADD CONSTRAINT logs_botstatus_channel_id_key UNIQUE (channel_id);

ALTER TABLE ONLY public.logs_botstatus
    ADD CONSTRAINT logs_botstatus_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_channel
    ADD CONSTRAINT logs_channel_link_key_7bd84d79_uniq UNIQUE (link_key);

ALTER TABLE ONLY public.logs_channel
    ADD CONSTRAINT logs_channel_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_code
    ADD CONSTRAINT logs_code_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_code
    ADD CONSTRAINT logs_code_selector_key UNIQUE (selector);

ALTER TABLE ONLY public.logs_daycount
    ADD CONSTRAINT logs_daycount_pkey PRIMARY KEY (channel_id, day);

ALTER TABLE ONLY public.logs_fill
    ADD CONSTRAINT logs_fill_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_forgotten
    ADD CONSTRAINT logs_forgotten_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_gap
    ADD CONSTRAINT logs_gap_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_heldline
    ADD CONSTRAINT logs_heldline_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_hourcount
    ADD CONSTRAINT logs_hourcount_pkey PRIMARY KEY (channel_id, year, hour);

ALTER TABLE ONLY public.logs_identity
    ADD CONSTRAINT logs_identity_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_journalposition
    ADD CONSTRAINT logs_journalposition_pkey PRIMARY KEY (journal);

ALTER TABLE ONLY public.logs_line
    ADD CONSTRAINT logs_line_pkey PRIMARY KEY (channel_id, id);

ALTER TABLE ONLY public.logs_linecounter
    ADD CONSTRAINT logs_linecounter_pkey PRIMARY KEY (channel_id);

ALTER TABLE ONLY public.logs_membership
    ADD CONSTRAINT logs_membership_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_network
    ADD CONSTRAINT logs_network_name_key UNIQUE (name);

ALTER TABLE ONLY public.logs_network
    ADD CONSTRAINT logs_network_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_nickcount
    ADD CONSTRAINT logs_nickcount_pkey PRIMARY KEY (channel_id, year, nick);

ALTER TABLE ONLY public.logs_oldnumber
    ADD CONSTRAINT logs_oldnumber_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_optout
    ADD CONSTRAINT logs_optout_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_removal
    ADD CONSTRAINT logs_removal_pkey PRIMARY KEY (channel_id, id);

ALTER TABLE ONLY public.logs_request
    ADD CONSTRAINT logs_request_link_digest_key UNIQUE (link_digest);

ALTER TABLE ONLY public.logs_request
    ADD CONSTRAINT logs_request_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_unfinished
    ADD CONSTRAINT logs_unfinished_pkey PRIMARY KEY (channel_id);

ALTER TABLE ONLY public.logs_upload
    ADD CONSTRAINT logs_upload_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.logs_membership
    ADD CONSTRAINT membership_once UNIQUE (channel_id, identity_id);

ALTER TABLE ONLY public.logs_oldnumber
    ADD CONSTRAINT old_number_once UNIQUE (number, channel_id);

ALTER TABLE ONLY public.logs_optout
    ADD CONSTRAINT opt_out_once UNIQUE NULLS NOT DISTINCT (network_id, channel_id, account, nick);

ALTER TABLE ONLY public.logs_botstatus
    ADD CONSTRAINT status_once UNIQUE NULLS NOT DISTINCT (network_id, channel_id);

CREATE INDEX act_by_channel ON public.logs_act USING btree (channel_id, at DESC);

CREATE INDEX act_redactions ON public.logs_act USING btree (id DESC) WHERE (removed IS NOT NULL);

CREATE INDEX auth_group_name_a6ea08ec_like ON public.auth_group USING btree (name varchar_pattern_ops);

CREATE INDEX auth_group_permissions_group_id_b120cbf9 ON public.auth_group_permissions USING btree (group_id);

CREATE INDEX auth_group_permissions_permission_id_84c5c92e ON public.auth_group_permissions USING btree (permission_id);

CREATE INDEX auth_permission_content_type_id_2f476e4b ON public.auth_permission USING btree (content_type_id);

CREATE INDEX auth_user_groups_group_id_97559544 ON public.auth_user_groups USING btree (group_id);

CREATE INDEX auth_user_groups_user_id_6a12ed8b ON public.auth_user_groups USING btree (user_id);

CREATE INDEX auth_user_user_permissions_permission_id_1fbb5f2c ON public.auth_user_user_permissions USING btree (permission_id);

CREATE INDEX auth_user_user_permissions_user_id_a95ead1b ON public.auth_user_user_permissions USING btree (user_id);

CREATE INDEX auth_user_username_6821ab7c_like ON public.auth_user USING btree (username varchar_pattern_ops);

CREATE INDEX axes_accessattempt_ip_address_10922d9c ON public.axes_accessattempt USING btree (ip_address);

CREATE INDEX axes_accessattempt_user_agent_ad89678b ON public.axes_accessattempt USING btree (user_agent);

CREATE INDEX axes_accessattempt_user_agent_ad89678b_like ON public.axes_accessattempt USING btree (user_agent varchar_pattern_ops);

CREATE INDEX axes_accessattempt_username_3f2d4ca0 ON public.axes_accessattempt USING btree (username);

CREATE INDEX axes_accessattempt_username_3f2d4ca0_like ON public.axes_accessattempt USING btree (username varchar_pattern_ops);

CREATE INDEX axes_accessfailurelog_ip_address_2e9f5a7f ON public.axes_accessfailurelog USING btree (ip_address);

CREATE INDEX axes_accessfailurelog_user_agent_ea145dda ON public.axes_accessfailurelog USING btree (user_agent);

CREATE INDEX axes_accessfailurelog_user_agent_ea145dda_like ON public.axes_accessfailurelog USING btree (user_agent varchar_pattern_ops);

CREATE INDEX axes_accessfailurelog_username_a8b7e8a4 ON public.axes_accessfailurelog USING btree (username);

CREATE INDEX axes_accessfailurelog_username_a8b7e8a4_like ON public.axes_accessfailurelog USING btree (username varchar_pattern_ops);

CREATE INDEX axes_accesslog_ip_address_86b417e5 ON public.axes_accesslog USING btree (ip_address);

CREATE INDEX axes_accesslog_user_agent_0e659004 ON public.axes_accesslog USING btree (user_agent);

CREATE INDEX axes_accesslog_user_agent_0e659004_like ON public.axes_accesslog USING btree (user_agent varchar_pattern_ops);

CREATE INDEX axes_accesslog_username_df93064b ON public.axes_accesslog USING btree (username);

CREATE INDEX axes_accesslog_username_df93064b_like ON public.axes_accesslog USING btree (username varchar_pattern_ops);

CREATE INDEX django_admin_log_content_type_id_c4bce8eb ON public.django_admin_log USING btree (content_type_id);

CREATE INDEX django_admin_log_user_id_c564eba6 ON public.django_admin_log USING btree (user_id);

CREATE INDEX django_session_expire_date_a5c62663 ON public.django_session USING btree (expire_date);

CREATE INDEX django_session_session_key_c0390e0f_like ON public.django_session USING btree (session_key varchar_pattern_ops);

CREATE INDEX fill_by_line ON public.logs_fill USING btree (channel_id, first);

CREATE INDEX forgotten_by_digest ON public.logs_forgotten USING btree (channel_id, digest) WHERE (NOT ((digest)::text = ''::text));

CREATE INDEX forgotten_by_msgid ON public.logs_forgotten USING btree (channel_id, msgid) WHERE (NOT ((msgid)::text = ''::text));

CREATE INDEX forgotten_by_network ON public.logs_forgotten USING btree (network_id) WHERE (((digest)::text = ''::text) AND ((msgid)::text = ''::text));

CREATE INDEX gap_by_time ON public.logs_gap USING btree (channel_id, from_at);

CREATE UNIQUE INDEX gap_open_once ON public.logs_gap USING btree (channel_id) WHERE (to_at IS NULL);

CREATE INDEX held_by_due ON public.logs_heldline USING btree (due_at) WHERE (due_at IS NOT NULL);

CREATE INDEX held_by_time ON public.logs_heldline USING btree (channel_id, at);

CREATE UNIQUE INDEX held_once_per_msgid ON public.logs_heldline USING btree (channel_id, msgid) WHERE (msgid IS NOT NULL);

CREATE UNIQUE INDEX identity_once_per_account ON public.logs_identity USING btree (network_id, account) WHERE (NOT ((account)::text = ''::text));

CREATE INDEX line_by_time ON public.logs_line USING btree (channel_id, at);

CREATE UNIQUE INDEX line_once_per_msgid ON public.logs_line USING btree (channel_id, msgid) WHERE (msgid IS NOT NULL);

CREATE INDEX line_search ON public.logs_line USING gin (to_tsvector('simple'::regconfig, public.logs_words(text, kind)), public.logs_keys(channel_id, at, nick, kind, text));
ALTER INDEX public.line_search ALTER COLUMN 1 SET STATISTICS 300;
ALTER INDEX public.line_search ALTER COLUMN 2 SET STATISTICS 300;

CREATE INDEX logs_act_at_9a839416 ON public.logs_act USING btree (at);

CREATE INDEX logs_act_channel_id_13e58e6e ON public.logs_act USING btree (channel_id);

CREATE INDEX logs_apitoken_channel_id_02ac8bbd ON public.logs_apitoken USING btree (channel_id);

CREATE INDEX logs_apitoken_digest_8c831c49_like ON public.logs_apitoken USING btree (digest varchar_pattern_ops);

CREATE INDEX logs_apitoken_identity_id_c15e1e8a ON public.logs_apitoken USING btree (identity_id);

CREATE INDEX logs_apitoken_user_id_6f977f62 ON public.logs_apitoken USING btree (user_id);

CREATE INDEX logs_botstatus_network_id_cd1f09ec ON public.logs_botstatus USING btree (network_id);

CREATE INDEX logs_channel_link_key_7bd84d79_like ON public.logs_channel USING btree (link_key varchar_pattern_ops);

CREATE INDEX logs_channel_network_id_e4ebeea3 ON public.logs_channel USING btree (network_id);

CREATE INDEX logs_code_identity_id_5adfa252 ON public.logs_code USING btree (identity_id);

CREATE INDEX logs_code_network_id_091e6d09 ON public.logs_code USING btree (network_id);

CREATE INDEX logs_code_selector_b8ceee7d_like ON public.logs_code USING btree (selector varchar_pattern_ops);

CREATE INDEX logs_forgotten_channel_id_d185350c ON public.logs_forgotten USING btree (channel_id);

CREATE INDEX logs_forgotten_network_id_8e7664da ON public.logs_forgotten USING btree (network_id);

CREATE INDEX logs_gap_channel_id_4d8dca15 ON public.logs_gap USING btree (channel_id);

CREATE INDEX logs_heldline_channel_id_e1a42147 ON public.logs_heldline USING btree (channel_id);

CREATE INDEX logs_identity_network_id_c63a9582 ON public.logs_identity USING btree (network_id);

CREATE INDEX logs_journalposition_journal_06aff75f_like ON public.logs_journalposition USING btree (journal varchar_pattern_ops);

CREATE INDEX logs_journalposition_network_id_ff0c776b ON public.logs_journalposition USING btree (network_id);

CREATE INDEX logs_membership_channel_id_1b00fe52 ON public.logs_membership USING btree (channel_id);

CREATE INDEX logs_membership_identity_id_0a44ff41 ON public.logs_membership USING btree (identity_id);

CREATE INDEX logs_network_name_539078ff_like ON public.logs_network USING btree (name varchar_pattern_ops);

CREATE INDEX logs_optout_channel_id_2a918e6b ON public.logs_optout USING btree (channel_id);

CREATE INDEX logs_optout_network_id_4e4026f0 ON public.logs_optout USING btree (network_id);

CREATE INDEX logs_request_due_at_d12371d5 ON public.logs_request USING btree (due_at);

CREATE INDEX logs_request_link_digest_503c9608_like ON public.logs_request USING btree (link_digest varchar_pattern_ops);

CREATE INDEX logs_request_network_id_4aefdf30 ON public.logs_request USING btree (network_id);

CREATE INDEX logs_upload_channel_id_2128e522 ON public.logs_upload USING btree (channel_id);

CREATE INDEX nick_count_by_folded ON public.logs_nickcount USING btree (channel_id, year, folded);

CREATE INDEX old_number_by_line ON public.logs_oldnumber USING btree (channel_id, line);

CREATE TRIGGER logs_audience_told AFTER UPDATE ON public.logs_channel FOR EACH ROW WHEN (((old.audience)::text IS DISTINCT FROM (new.audience)::text)) EXECUTE FUNCTION public.logs_audience_told();

CREATE TRIGGER logs_channel_gone AFTER DELETE ON public.logs_channel FOR EACH ROW EXECUTE FUNCTION public.logs_audience_told();

CREATE TRIGGER logs_count_1_inserted AFTER INSERT ON public.logs_line REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.logs_count_new();

CREATE TRIGGER logs_count_1_updated AFTER UPDATE ON public.logs_line REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.logs_count_new();

CREATE TRIGGER logs_count_2_deleted AFTER DELETE ON public.logs_line REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.logs_count_gone();

CREATE TRIGGER logs_count_2_updated AFTER UPDATE ON public.logs_line REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.logs_count_gone();

CREATE TRIGGER logs_day_changed BEFORE UPDATE ON public.logs_daycount FOR EACH ROW EXECUTE FUNCTION public.logs_day_changed();

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissio_permission_id_84c5c92e_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_b120cbf9_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_2f476e4b_fk_django_co FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.auth_user_groups
    ADD CONSTRAINT auth_user_groups_group_id_97559544_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.auth_user_groups
    ADD CONSTRAINT auth_user_groups_user_id_6a12ed8b_fk_auth_user_id FOREIGN KEY (user_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.auth_user_user_permissions
    ADD CONSTRAINT auth_user_user_permi_permission_id_1fbb5f2c_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.auth_user_user_permissions
    ADD CONSTRAINT auth_user_user_permissions_user_id_a95ead1b_fk_auth_user_id FOREIGN KEY (user_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.axes_accessattemptexpiration
    ADD CONSTRAINT axes_accessattemptex_access_attempt_id_6b73a47a_fk_axes_acce FOREIGN KEY (access_attempt_id) REFERENCES public.axes_accessattempt(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_content_type_id_c4bce8eb_fk_django_co FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_user_id_c564eba6_fk_auth_user_id FOREIGN KEY (user_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_act
    ADD CONSTRAINT logs_act_channel_id_13e58e6e_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_apitoken
    ADD CONSTRAINT logs_apitoken_channel_id_02ac8bbd_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_apitoken
    ADD CONSTRAINT logs_apitoken_identity_id_c15e1e8a_fk_logs_identity_id FOREIGN KEY (identity_id) REFERENCES public.logs_identity(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_apitoken
    ADD CONSTRAINT logs_apitoken_user_id_6f977f62_fk_auth_user_id FOREIGN KEY (user_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_botstatus
    ADD CONSTRAINT logs_botstatus_channel_id_bf9c3e74_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_botstatus
    ADD CONSTRAINT logs_botstatus_network_id_cd1f09ec_fk_logs_network_id FOREIGN KEY (network_id) REFERENCES public.logs_network(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_channel
    ADD CONSTRAINT logs_channel_network_id_e4ebeea3_fk_logs_network_id FOREIGN KEY (network_id) REFERENCES public.logs_network(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_code
    ADD CONSTRAINT logs_code_identity_id_5adfa252_fk_logs_identity_id FOREIGN KEY (identity_id) REFERENCES public.logs_identity(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_code
    ADD CONSTRAINT logs_code_network_id_091e6d09_fk_logs_network_id FOREIGN KEY (network_id) REFERENCES public.logs_network(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_daycount
    ADD CONSTRAINT logs_daycount_channel_id_4677b19d_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_fill
    ADD CONSTRAINT logs_fill_channel_id_d03d1612_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_forgotten
    ADD CONSTRAINT logs_forgotten_channel_id_d185350c_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_forgotten
    ADD CONSTRAINT logs_forgotten_network_id_8e7664da_fk_logs_network_id FOREIGN KEY (network_id) REFERENCES public.logs_network(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_gap
    ADD CONSTRAINT logs_gap_channel_id_4d8dca15_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_heldline
    ADD CONSTRAINT logs_heldline_channel_id_e1a42147_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_hourcount
    ADD CONSTRAINT logs_hourcount_channel_id_de6ac02f_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_identity
    ADD CONSTRAINT logs_identity_network_id_c63a9582_fk_logs_network_id FOREIGN KEY (network_id) REFERENCES public.logs_network(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_journalposition
    ADD CONSTRAINT logs_journalposition_network_id_ff0c776b_fk_logs_network_id FOREIGN KEY (network_id) REFERENCES public.logs_network(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_linecounter
    ADD CONSTRAINT logs_linecounter_channel_id_5b63e6fc_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_membership
    ADD CONSTRAINT logs_membership_channel_id_1b00fe52_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_membership
    ADD CONSTRAINT logs_membership_identity_id_0a44ff41_fk_logs_identity_id FOREIGN KEY (identity_id) REFERENCES public.logs_identity(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_nickcount
    ADD CONSTRAINT logs_nickcount_channel_id_1325ce04_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_oldnumber
    ADD CONSTRAINT logs_oldnumber_channel_id_5de4bcba_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_optout
    ADD CONSTRAINT logs_optout_channel_id_2a918e6b_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_optout
    ADD CONSTRAINT logs_optout_network_id_4e4026f0_fk_logs_network_id FOREIGN KEY (network_id) REFERENCES public.logs_network(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_request
    ADD CONSTRAINT logs_request_network_id_4aefdf30_fk_logs_network_id FOREIGN KEY (network_id) REFERENCES public.logs_network(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_unfinished
    ADD CONSTRAINT logs_unfinished_channel_id_5329f765_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.logs_upload
    ADD CONSTRAINT logs_upload_channel_id_2128e522_fk_logs_channel_id FOREIGN KEY (channel_id) REFERENCES public.logs_channel(id) DEFERRABLE INITIALLY DEFERRED;
