"""The functions that people's own SQL may use, by what they are for: an allow list, and the only one.

What is here computes from its arguments and knows nothing else. Not here, whatever DuckDB adds: what reads settings,
variables, files, the environment, the catalog, logs, sequences or versions (``current_setting``, ``getvariable``, ``read_*``,
``glob``, ``duckdb_*``, ``pragma_*``, ``nextval``), what runs a text as SQL (``query``, ``json_execute_serialized_sql``), what
waits or writes (``sleep_ms``, ``write_log``). Who asks: ``lake.fence``.
"""

_FUNCTIONS = {
    "comparing, calculating, joining texts and lists": """
        + - * / // % ^ ** & | ~ << >> ! !__postfix @ || && ~~ !~~ ~~* !~~* ~~~ ^@ -> ->> @> <@ <-> <=>
        add subtract multiply divide xor like_escape ilike_escape not_like_escape not_ilike_escape
    """,
    "conditions and types": """
        greatest least ifnull nullif coalesce if constant_or_null typeof can_cast_implicitly try error
    """,
    "numbers": """
        abs ceil ceiling floor round round_even roundbankers trunc sign signbit mod fmod fdiv even pow power sqrt cbrt exp ln
        log log2 log10 gamma lgamma factorial gcd greatest_common_divisor lcm least_common_multiple nextafter pi degrees
        radians sin cos tan cot asin acos atan atan2 sinh cosh tanh asinh acosh atanh isnan isinf isfinite bit_count
        bit_length bit_position get_bit set_bit bitstring random setseed hash equi_width_bins
    """,
    "text": """
        lower upper lcase ucase trim ltrim rtrim lpad rpad left right left_grapheme right_grapheme substr substring
        substring_grapheme length len length_grapheme strlen char_length character_length octet_length concat concat_ws
        replace reverse repeat translate contains prefix suffix starts_with ends_with instr position strpos ascii unicode
        ord chr split split_part string_split str_split string_split_regex str_split_regex string_to_array regexp_matches
        regexp_full_match regexp_replace regexp_extract regexp_extract_all regexp_escape regexp_split_to_array
        regexp_split_to_table strip_accents nfc_normalize format printf bar levenshtein editdist3 damerau_levenshtein
        hamming mismatches jaccard jaro_similarity jaro_winkler_similarity md5 md5_number md5_number_lower
        md5_number_upper sha1 sha256 base64 to_base64 from_base64 hex to_hex unhex from_hex bin to_binary unbin
        from_binary to_base encode decode url_encode url_decode format_bytes formatreadablesize formatreadabledecimalsize
        parse_formatted_bytes parse_path parse_filename parse_dirname parse_dirpath icu_sort_key
    """,
    "dates and times": """
        now today current_date current_time current_timestamp get_current_timestamp get_current_time current_localtime
        current_localtimestamp transaction_timestamp date_part datepart date_trunc datetrunc date_diff datediff date_sub
        datesub date_add age ago last_day days_in_month make_date make_time make_timestamp make_timestamp_ms
        make_timestamp_ns make_timestamptz strftime strptime try_strptime time_bucket timezone timezone_hour
        timezone_minute to_timestamp epoch epoch_ms epoch_us epoch_ns julian year isoyear quarter month week weekofyear
        yearweek day dayofmonth dayofweek dayofyear isodow weekday dayname monthname hour minute second millisecond
        microsecond nanosecond decade century millennium era normalized_interval to_millennia to_centuries to_decades
        to_years to_quarters to_months to_weeks to_days to_hours to_minutes to_seconds to_milliseconds to_microseconds
    """,
    "ids": """
        uuid gen_random_uuid uuidv4 uuidv7 uuid_extract_timestamp uuid_extract_version transaction_id
    """,
    "money": "amount_text exact_quotient",
    "lists": """
        list_value list_pack array_value range generate_series generate_subscripts unnest unpivot_list array_extract list_extract
        list_element array_slice list_slice array_length cardinality flatten
        list_aggregate list_aggr array_aggregate array_aggr aggregate list_any_value list_avg list_bit_and list_bit_or
        list_bit_xor list_bool_and list_bool_or list_count list_approx_count_distinct list_entropy list_first list_last
        list_histogram list_kurtosis list_kurtosis_pop list_mad list_max list_median list_min list_mode list_product
        list_sem list_skewness list_stddev_pop list_stddev_samp list_string_agg list_sum list_var_pop list_var_samp
        list_append list_prepend list_concat list_cat list_contains list_has list_has_all list_has_any list_distinct
        list_filter filter list_transform apply list_apply list_reduce reduce list_grade_up grade_up list_intersect
        list_position list_indexof list_resize list_reverse list_reverse_sort list_select list_sort list_unique
        list_where list_zip list_distance list_cosine_distance list_cosine_similarity list_dot_product
        list_inner_product list_negative_dot_product list_negative_inner_product
        array_append array_prepend array_concat array_cat array_contains array_has array_has_all array_has_any
        array_distinct array_filter array_transform array_apply array_reduce array_grade_up array_intersect
        array_position array_indexof array_resize array_reverse array_reverse_sort array_select array_sort array_unique
        array_where array_zip array_pop_back array_pop_front array_push_back array_push_front array_to_string
        array_to_string_comma_default array_distance array_cosine_distance array_cosine_similarity array_cross_product
        array_dot_product array_inner_product array_negative_dot_product array_negative_inner_product
    """,
    "structs, maps and unions": """
        row struct_pack struct_extract struct_extract_at struct_insert struct_update struct_concat struct_contains
        struct_has struct_indexof struct_position struct_keys struct_values
        map map_concat map_contains map_contains_entry map_contains_value map_entries map_extract map_extract_value
        map_from_entries map_keys map_values element_at union_value union_extract union_tag
    """,
    "JSON": """
        json json_array json_object json_quote json_valid json_type json_structure json_keys json_array_length
        json_contains json_exists json_extract json_extract_path json_extract_string json_extract_path_text json_value
        json_merge_patch json_pretty json_transform json_transform_strict from_json from_json_strict to_json row_to_json
        array_to_json json_group_array json_group_object json_group_structure
    """,
    "aggregates": """
        count count_star count_if countif sum avg mean favg fsum kahan_sum sumkahan sum_no_overflow min max min_by max_by
        arg_min arg_max argmin argmax arg_min_null arg_max_null arg_min_nulls_last arg_max_nulls_last any_value
        arbitrary first last median mode mad quantile quantile_cont quantile_disc approx_count_distinct approx_quantile
        approx_top_k reservoir_quantile stddev stddev_pop stddev_samp variance var_pop var_samp sem skewness kurtosis
        kurtosis_pop entropy product geomean geometric_mean wavg weighted_avg corr covar_pop covar_samp regr_avgx
        regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy bit_and bit_or bit_xor
        bitstring_agg bool_and bool_or list array_agg string_agg group_concat listagg histogram histogram_exact grouping
        grouping_id
    """,
    "windows": """
        row_number rank dense_rank rank_dense percent_rank cume_dist ntile lag lead first_value last_value nth_value fill
    """,
}

FUNCTIONS = frozenset(name for names in _FUNCTIONS.values() for name in names.split())
"""Functions, aggregates, macros and operators that stand in an expression; in lower case."""

TABLE_FUNCTIONS = frozenset({"generate_series", "json_each", "json_tree", "range", "repeat", "unnest"})
"""Functions that stand where a table stands."""

CALLED_BY_NAME = frozenset({"list_aggregate", "list_aggr", "array_aggregate", "array_aggr", "aggregate"})
"""Functions whose second argument is the name of an aggregate, which must be a constant that is allowed itself."""
