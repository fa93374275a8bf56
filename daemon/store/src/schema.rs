//! The tables as Diesel sees them: what both databases have in common. The truth is in `migrations/`.

diesel::table! {
    batches (id) {
        id -> Text,
        finish -> Text,
        edition -> Text,
        condition -> Text,
        location -> Nullable<Text>,
        opened_at -> BigInt,
        closed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    captures (id) {
        id -> Text,
        correlation -> Text,
        batch_id -> Text,
        file_name -> Text,
        media_type -> Text,
        size_bytes -> BigInt,
        admitted_at -> BigInt,
        state -> Text,
        attempt -> BigInt,
        token -> BigInt,
        not_before -> BigInt,
        lease_until -> Nullable<BigInt>,
        finished_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    attempts (capture_id, token) {
        capture_id -> Text,
        token -> BigInt,
        attempt -> BigInt,
        started_at -> BigInt,
        ended_at -> Nullable<BigInt>,
        ended_how -> Nullable<Text>,
        stage -> Nullable<Text>,
        fault -> Nullable<Text>,
    }
}

diesel::table! {
    dead_letters (id) {
        id -> BigInt,
        capture_id -> Text,
        stage -> Text,
        fault -> Text,
        attempts -> BigInt,
        at -> BigInt,
        state -> Text,
        closed_at -> Nullable<BigInt>,
        closed_by -> Nullable<Text>,
    }
}

diesel::table! {
    scans (id) {
        id -> Text,
        capture_id -> Text,
        position -> BigInt,
        page -> BigInt,
        quad -> Text,
        picture -> Nullable<Text>,
        gap -> Double,
        not_in_catalogue -> Double,
        recommendation -> Text,
        sentence -> Text,
        catalogue_version -> Text,
        index_version -> Text,
        policy_version -> Text,
        outcome -> Text,
        valuation_id -> Nullable<BigInt>,
        priced_at -> BigInt,
        committed_at -> BigInt,
    }
}

diesel::table! {
    candidates (scan_id, place) {
        scan_id -> Text,
        place -> BigInt,
        printing_id -> Text,
        posterior -> Double,
        evidence -> Text,
    }
}

diesel::table! {
    review_tasks (id) {
        id -> BigInt,
        scan_id -> Text,
        status -> Text,
        opened_at -> BigInt,
        closed_at -> Nullable<BigInt>,
        closed_by -> Nullable<Text>,
    }
}

diesel::table! {
    review_reasons (task_id, position) {
        task_id -> BigInt,
        position -> BigInt,
        code -> Text,
        reason -> Text,
    }
}

diesel::table! {
    inventory_items (id) {
        id -> BigInt,
        scan_id -> Text,
        printing_id -> Text,
        finish -> Text,
        edition -> Text,
        condition -> Text,
        location -> Nullable<Text>,
        note -> Text,
        state -> Text,
        booked_at -> BigInt,
        booked_by -> Text,
        revision -> BigInt,
        search -> Text,
    }
}

diesel::table! {
    quotes (id) {
        id -> BigInt,
        digest -> Text,
        source -> Text,
        upstream -> Text,
        region -> Text,
        source_ref -> Text,
        printing_id -> Text,
        match_score -> BigInt,
        finish -> Text,
        edition -> Nullable<Text>,
        language -> Nullable<Text>,
        condition -> Nullable<Text>,
        grade -> Nullable<Text>,
        kind -> Text,
        amount_minor -> BigInt,
        currency -> Text,
        observed_at -> BigInt,
        fetched_at -> BigInt,
        expires_at -> BigInt,
        sample_size -> Nullable<BigInt>,
        licence -> Text,
        attribution -> Text,
        url -> Text,
        flags -> Text,
        raw_digest -> Text,
    }
}

diesel::table! {
    scan_quotes (scan_id, quote_id) {
        scan_id -> Text,
        quote_id -> BigInt,
    }
}

diesel::table! {
    valuations (id) {
        id -> BigInt,
        scan_id -> Text,
        printing_id -> Text,
        finish -> Text,
        edition -> Text,
        language -> Text,
        condition -> Text,
        grade -> Nullable<Text>,
        state -> Text,
        amount_minor -> Nullable<BigInt>,
        currency -> Nullable<Text>,
        confidence -> Text,
        flags -> Text,
        used -> Text,
        rejected -> Text,
        review -> Nullable<Text>,
        policy -> Text,
        decided_at -> BigInt,
    }
}

diesel::table! {
    card_sets (id) {
        id -> Text,
        name -> Text,
        series -> Text,
        code -> Nullable<Text>,
        printed_total -> BigInt,
        total -> BigInt,
        release_date -> Text,
        search -> Text,
    }
}

diesel::table! {
    printings (id) {
        id -> Text,
        set_id -> Text,
        number -> Text,
        language -> Text,
        name -> Text,
        kinds -> Text,
        hit_points -> Nullable<Text>,
        rarity -> Nullable<Text>,
        artist -> Nullable<Text>,
        blocks -> Text,
        flavour -> Nullable<Text>,
        finishes -> Text,
        image_urls -> Text,
        search -> Text,
    }
}

diesel::table! {
    catalogue_imports (id) {
        id -> BigInt,
        source -> Text,
        at -> BigInt,
        sets -> BigInt,
        printings -> BigInt,
        digest -> Text,
    }
}

diesel::table! {
    audit (seq) {
        seq -> BigInt,
        at -> BigInt,
        actor -> Text,
        action -> Text,
        subject -> Text,
        state_before -> Text,
        state_after -> Text,
        correlation -> Nullable<Text>,
        prev_hash -> Text,
        hash -> Text,
    }
}

diesel::joinable!(attempts -> captures (capture_id));
diesel::joinable!(captures -> batches (batch_id));
diesel::joinable!(inventory_items -> scans (scan_id));
diesel::joinable!(printings -> card_sets (set_id));
diesel::joinable!(review_reasons -> review_tasks (task_id));
diesel::joinable!(review_tasks -> scans (scan_id));
diesel::joinable!(scan_quotes -> quotes (quote_id));
diesel::joinable!(scans -> captures (capture_id));

diesel::allow_tables_to_appear_in_same_query!(
    attempts,
    audit,
    batches,
    candidates,
    captures,
    card_sets,
    catalogue_imports,
    dead_letters,
    inventory_items,
    printings,
    quotes,
    review_reasons,
    review_tasks,
    scan_quotes,
    scans,
    valuations,
);
